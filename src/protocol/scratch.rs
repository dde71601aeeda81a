//! Room for a list that is usually short: `N` items on the stack, more on the heap.

use alloc::vec::Vec;

/// As many items as most lists have.
const FEW: usize = 8;

#[derive(Clone)]
pub(crate) enum Scratch<T, const N: usize> {
    /// Apart from `Many`, since clearing room that nobody uses costs as much as a hash's block.
    Few([T; FEW], usize),
    Many([T; N], usize),
    Heap(Vec<T>),
}

impl<T: Copy + Default, const N: usize> Scratch<T, N> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self::Few([T::default(); FEW], 0)
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if let Self::Few(items, len) = self
            && let Some(free) = items.get_mut(*len)
        {
            *free = item;
            *len += 1;
        } else {
            self.push_to_many(item);
        }
    }

    #[cold]
    fn push_to_many(&mut self, item: T) {
        match self {
            Self::Few(few, _) => {
                let mut items = [T::default(); N];
                let mut len = 0;
                for (to, from) in items.iter_mut().zip(few.iter().chain([&item])) {
                    *to = *from;
                    len += 1;
                }
                *self = Self::Many(items, len);
            }
            Self::Many(items, len) => match items.get_mut(*len) {
                Some(free) => {
                    *free = item;
                    *len += 1;
                }
                None => {
                    let mut items = items.to_vec();
                    items.push(item);
                    *self = Self::Heap(items);
                }
            },
            Self::Heap(items) => items.push(item),
        }
    }

    pub(crate) fn pop(&mut self) {
        match self {
            Self::Few(_, len) | Self::Many(_, len) => *len = len.saturating_sub(1),
            Self::Heap(items) => {
                items.pop();
            }
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Few(items, len) => items.get(..*len).unwrap_or_default(),
            Self::Many(items, len) => items.get(..*len).unwrap_or_default(),
            Self::Heap(items) => items,
        }
    }

    #[inline]
    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Few(items, len) => items.get_mut(..*len).unwrap_or_default(),
            Self::Many(items, len) => items.get_mut(..*len).unwrap_or_default(),
            Self::Heap(items) => items,
        }
    }
}

/// Filled where it stands: so large a value is costly to hand on.
impl<T: Copy + Default, const N: usize> Extend<T> for Scratch<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_any_number_of_items() {
        let mut scratch = Scratch::<usize, 12>::new();
        scratch.pop();
        for count in 0..30 {
            assert_eq!(scratch.as_slice(), (0..count).collect::<Vec<_>>());
            assert_eq!(matches!(scratch, Scratch::Heap(_)), count > 12);
            scratch.push(count);
        }
        for count in (0..30).rev() {
            scratch.pop();
            assert_eq!(scratch.as_mut_slice().len(), count);
        }
    }
}
