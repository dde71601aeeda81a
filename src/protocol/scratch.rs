//! Room for a list that is usually short: `N` items on the stack, more on the heap.

use alloc::vec::Vec;

#[derive(Clone)]
pub(crate) enum Scratch<T, const N: usize> {
    /// Apart from `Stack`, since clearing room that nobody uses costs as much as a hash's block.
    Empty,
    Stack([T; N], usize),
    Heap(Vec<T>),
}

impl<T: Copy + Default, const N: usize> Scratch<T, N> {
    pub(crate) fn push(&mut self, item: T) {
        match self {
            Self::Empty => {
                *self = Self::Stack([T::default(); N], 0);
                self.push(item);
            }
            Self::Stack(items, len) => match items.get_mut(*len) {
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
            Self::Empty => {}
            Self::Stack(_, len) => *len = len.saturating_sub(1),
            Self::Heap(items) => {
                items.pop();
            }
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        match self {
            Self::Empty => &[],
            Self::Stack(items, len) => items.get(..*len).unwrap_or_default(),
            Self::Heap(items) => items,
        }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Empty => &mut [],
            Self::Stack(items, len) => items.get_mut(..*len).unwrap_or_default(),
            Self::Heap(items) => items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_any_number_of_items() {
        let mut scratch = Scratch::<usize, 4>::Empty;
        scratch.pop();
        for count in 0..10 {
            assert_eq!(scratch.as_slice(), (0..count).collect::<Vec<_>>());
            assert_eq!(matches!(scratch, Scratch::Heap(_)), count > 4);
            scratch.push(count);
        }
        for count in (0..10).rev() {
            scratch.pop();
            assert_eq!(scratch.as_mut_slice().len(), count);
        }
    }
}
