//! Words of a POSIX shell: splitting a command into its arguments, and quoting an argument.
//!
//! [`split`] understands what people paste: single and double quotes, `$'…'` as browsers write it,
//! backslashes, line continuations, comments, and variables whose values the caller knows. It runs
//! nothing: a command substitution is an error. Variables are not split into fields, and `*`, `?`
//! and `~` stand for themselves. See
//! [POSIX, Token Recognition](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html).

use crate::error::{ParseError, Position};

/// The arguments of one command.
#[derive(Debug)]
#[non_exhaustive]
pub struct Words {
    /// The words, the command's name first. They need not be UTF-8, because `$'\xff'` is a byte.
    pub words: Vec<Vec<u8>>,
    /// Where the text behind the command starts (`| jq .`, or another command), if there is any.
    pub rest: Option<Position>,
}

/// Splits the first command of a text into its words.
///
/// `variables` returns the value of a shell variable, or `None` if it is not known.
///
/// # Example
///
/// ```
/// use countersign_cli::shell::split;
///
/// let words = split(r#"echo "it's "$USER 'a b' | wc"#, |name| (name == "USER").then(|| "x".into()))?;
/// assert_eq!(words.words, [&b"echo"[..], b"it's x", b"a b"]);
/// # Ok::<(), countersign_cli::ParseError>(())
/// ```
///
/// # Errors
///
/// Returns an error if:
///
/// - a quote is not closed;
/// - a variable has no value, or a command would have to be run to find one;
/// - `&`, `<`, `(` or `)` is not quoted where a shell would not take it as a part of a word.
pub fn split(text: &str, variables: impl Fn(&str) -> Option<String>) -> Result<Words, ParseError> {
    let mut splitter = Splitter { text: text.as_bytes(), at: 0, word: None, variables: &variables };
    let mut words = Vec::new();
    loop {
        let start = splitter.at;
        match splitter.next() {
            None => break,
            Some(b' ' | b'\t' | b'\r') => words.extend(splitter.word.take()),
            Some(b'\n') if words.is_empty() && splitter.word.is_none() => {}
            Some(b'#') if splitter.word.is_none() => splitter.skip_comment(),
            Some(byte @ (b'\n' | b';' | b'|')) => {
                splitter.at = if byte == b'\n' { splitter.at } else { start };
                break;
            }
            Some(b'>') => {
                // The number of a file descriptor, as in `2>/dev/null`, is no argument.
                splitter.word.take_if(|word| word.iter().all(u8::is_ascii_digit));
                splitter.at = start;
                break;
            }
            Some(b'&') if matches!(splitter.peek(), None | Some(b'&' | b' ' | b'\n' | b'>')) => {
                splitter.at = start;
                break;
            }
            Some(byte @ (b'&' | b'<' | b'(' | b')')) => {
                return Err(ParseError::Unquoted {
                    character: byte.into(),
                    at: splitter.position(start),
                });
            }
            Some(byte) => splitter.read(byte, start)?,
        }
    }
    words.extend(splitter.word.take());
    let rest = splitter.text.get(splitter.at..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let rest = (blank < rest.len()).then(|| splitter.position(splitter.at + blank));
    Ok(Words { words, rest })
}

/// Quotes a text, if it needs that, as one word of a POSIX shell.
///
/// The text must not contain NUL: no argument of a command can.
///
/// # Example
///
/// ```
/// use countersign_cli::shell::quote;
///
/// assert_eq!(quote("it's"), r"'it'\''s'");
/// assert_eq!(quote("https://db.example/"), "https://db.example/");
/// ```
#[must_use]
pub fn quote(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,%+@".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.into();
    }
    // Single quotes keep every character but themselves.
    format!("'{}'", text.replace('\'', r"'\''"))
}

struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
    /// The word that is being read. An empty one is a word too: `''`.
    word: Option<Vec<u8>>,
    variables: &'a dyn Fn(&str) -> Option<String>,
}

impl Splitter<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn position(&self, offset: usize) -> Position {
        Position::of_offset(self.text, offset)
    }

    fn push(&mut self, bytes: &[u8]) {
        self.word.get_or_insert_default().extend_from_slice(bytes);
    }

    fn skip_comment(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.at += 1;
        }
    }

    /// Reads on, outside of quotes, after the byte at `start`.
    fn read(&mut self, byte: u8, start: usize) -> Result<(), ParseError> {
        match byte {
            b'\\' if self.skip_line_break() => {}
            b'\\' => {
                let next = self.next().unwrap_or(b'\\');
                self.push(&[next]);
            }
            b'\'' => self.quoted("'", start)?,
            b'"' => self.quoted("\"", start)?,
            b'$' if self.peek() == Some(b'\'') => {
                self.at += 1;
                self.quoted("$'", start)?;
            }
            // A text to translate, in bash.
            b'$' if self.peek() == Some(b'"') => {}
            b'$' | b'`' => self.expand(byte, start)?,
            _ => self.push(&[byte]),
        }
        Ok(())
    }

    /// Skips the line break of a line continuation.
    fn skip_line_break(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = if rest.starts_with(b"\r\n") { 2 } else { 1 };
        let is_line_break = length == 2 || rest.starts_with(b"\n");
        self.at += if is_line_break { length } else { 0 };
        is_line_break
    }

    /// Reads to the end of a quote: `'`, `"` or `$'`. Of the latter, see
    /// [POSIX, Dollar-Single-Quotes](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_04);
    /// `\u` and `\U` are bash's.
    fn quoted(&mut self, quote: &'static str, start: usize) -> Result<(), ParseError> {
        self.push(b"");
        loop {
            let at = self.at;
            match (quote, self.next()) {
                (_, None) => {
                    return Err(ParseError::UnterminatedQuote { quote, at: self.position(start) });
                }
                ("\"", Some(b'"')) | ("'" | "$'", Some(b'\'')) => return Ok(()),
                ("$'", Some(b'\\')) => self.escape(),
                ("\"", Some(b'\\')) if self.skip_line_break() => {}
                ("\"", Some(b'\\')) => match self.peek() {
                    Some(byte @ (b'$' | b'`' | b'"' | b'\\')) => {
                        self.at += 1;
                        self.push(&[byte]);
                    }
                    _ => self.push(b"\\"),
                },
                ("\"", Some(byte @ (b'$' | b'`'))) => self.expand(byte, at)?,
                (_, Some(byte)) => self.push(&[byte]),
            }
        }
    }

    fn escape(&mut self) {
        let Some(byte) = self.next() else { return };
        let plain = match byte {
            b'a' => 0x07,
            b'b' => 0x08,
            b'e' | b'E' => 0x1b,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'\\' | b'\'' | b'"' | b'?' => byte,
            b'c' => match self.next() {
                Some(letter) => letter & 0x1f,
                None => return,
            },
            b'0'..=b'7' => {
                self.at -= 1;
                let code = self.digits(8, 3).unwrap_or_default();
                // Of an octal number over 255, shells take the low byte.
                code.to_le_bytes()[0]
            }
            b'x' if self.digit(16).is_some() => {
                self.digits(16, 2).unwrap_or_default().to_le_bytes()[0]
            }
            b'u' | b'U' if self.digit(16).is_some() => {
                let code = self.digits(16, if byte == b'u' { 4 } else { 8 });
                let character =
                    code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER);
                self.push(character.encode_utf8(&mut [0; 4]).as_bytes());
                return;
            }
            _ => {
                self.push(&[b'\\', byte]);
                return;
            }
        };
        self.push(&[plain]);
    }

    fn digit(&self, radix: u32) -> Option<u32> {
        char::from(self.peek()?).to_digit(radix)
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let mut number: u32 = 0;
        for _ in 0..most {
            let Some(digit) = self.digit(radix) else { break };
            number = number.checked_mul(radix)?.checked_add(digit)?;
            self.at += 1;
        }
        Some(number)
    }

    /// Reads what follows a `$` that starts no quote, or a backquote.
    fn expand(&mut self, byte: u8, start: usize) -> Result<(), ParseError> {
        if byte == b'`' || self.peek() == Some(b'(') {
            return Err(ParseError::CommandSubstitution { at: self.position(start) });
        }
        let is_braced = self.peek() == Some(b'{');
        self.at += usize::from(is_braced);
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let mut length = rest.iter().take_while(|byte| is_in_name(byte)).count();
        if rest.first().is_some_and(u8::is_ascii_digit) && !is_braced {
            length = 1;
        } else if length == 0 && !is_braced {
            // Of the special parameters, only those that appear in commands.
            length = rest.first().map_or(0, |byte| usize::from(b"@*#?$!-".contains(byte)));
            if length == 0 {
                self.push(b"$");
                return Ok(());
            }
        }
        let name = String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned();
        self.at += length;
        let is_whole = !is_braced || self.next() == Some(b'}');
        match (self.variables)(&name).filter(|_| is_whole) {
            Some(value) => self.push(value.as_bytes()),
            None => {
                return Err(ParseError::UnknownVariable { at: self.position(start) });
            }
        }
        Ok(())
    }
}
