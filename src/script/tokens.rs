//! A source as tokens with their places: for completeness, for `_`, for underlining and for completion.

use rhai::{Engine, LexError, Position, Token};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// A token and where it begins.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The token.
    pub token: Token,
    /// Its place; lines and columns from 1.
    pub position: Position,
}

impl Piece {
    /// The identifier or text it holds.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match &self.token {
            Token::Identifier(word) | Token::StringConstant(word) | Token::Reserved(word) | Token::Custom(word) => {
                Some(word)
            }
            _ => None,
        }
    }

    /// Whether it is an identifier.
    #[must_use]
    pub fn is_name(&self) -> bool {
        matches!(self.token, Token::Identifier(_))
    }

    /// The identifier it is.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        if let Token::Identifier(word) = &self.token { Some(word) } else { None }
    }
}

/// All tokens of a source up to its end or its first lexical error (which is the last piece then).
#[must_use]
pub fn pieces(engine: &Engine, text: &str) -> Vec<Piece> {
    let input = [text];
    let plain = |token: Token, position: Position, _: &rhai::TokenizeState| match token {
        Token::LexError(error) => underline_name(&error).unwrap_or(Token::LexError(error)),
        token => {
            let _ = position;
            freed(token)
        }
    };
    let (tokens, control) = engine.lex_with_map(&input, &plain);
    let mut pieces = Vec::new();
    // Depths of braces opened since each interpolation `${` began.
    let mut interpolations: Vec<usize> = Vec::new();
    let mut begins = false;
    for (token, position) in tokens {
        match &token {
            // The lexer yields the end for ever.
            Token::EOF => break,
            Token::InterpolatedString(_) => begins = true,
            Token::LeftBrace | Token::MapStart if begins => {
                interpolations.push(1);
                begins = false;
            }
            Token::LeftBrace | Token::MapStart => {
                if let Some(depth) = interpolations.last_mut() {
                    *depth += 1;
                }
            }
            Token::RightBrace => {
                if let Some(depth) = interpolations.last_mut() {
                    *depth -= 1;
                    if *depth == 0 {
                        interpolations.pop();
                        control.borrow_mut().is_within_text = true;
                    }
                }
            }
            _ => {}
        }
        let failed = matches!(token, Token::LexError(_));
        pieces.push(Piece { token, position });
        if failed {
            break;
        }
    }
    pieces
}

/// Rhai has no identifier without a letter: `__` is made one here.
fn underline_name(error: &LexError) -> Option<Token> {
    match error {
        LexError::MalformedIdentifier(name) if name == "__" => Some(Token::Identifier(Box::new(name.as_str().into()))),
        _ => None,
    }
}

/// Rhai keeps the word `case` back for a use it does not have; here it is a method.
fn freed(token: Token) -> Token {
    match token {
        Token::Reserved(word) if *word == "case" => Token::Identifier(word),
        token => token,
    }
}

/// Lets `_` and `__` be read as variables; in `switch`, `_ =>` keeps its meaning.
#[derive(Clone, Default)]
pub struct Underlines(Arc<Mutex<HashSet<Position>>>);

impl Underlines {
    /// Installs the reading in an engine.
    pub fn install(&self, engine: &mut Engine) {
        let places = self.0.clone();
        // Marked so by its authors because it may change, not because it goes away.
        #[allow(deprecated)]
        engine.on_parse_token(move |token, position, _| match token {
            Token::Underscore if places.lock().unwrap_or_else(PoisonError::into_inner).contains(&position) => {
                Token::Identifier(Box::new("_".into()))
            }
            Token::LexError(error) => underline_name(&error).unwrap_or(Token::LexError(error)),
            token => freed(token),
        });
    }

    /// Notes where a source that is parsed next uses `_` as a value.
    pub fn note(&self, pieces: &[Piece]) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.clear();
        for (at, piece) in pieces.iter().enumerate() {
            let arrow = pieces.get(at + 1).is_some_and(|next| matches!(next.token, Token::DoubleArrow));
            if matches!(piece.token, Token::Underscore) && !arrow {
                places.insert(piece.position);
            }
        }
    }
}

/// The byte offset of a position in a text, if it is inside.
#[must_use]
pub fn offset(text: &str, position: Position) -> Option<usize> {
    let (line, column) = (position.line()?, position.position()?);
    let mut start = 0;
    for _ in 1..line {
        start += text[start..].find('\n')? + 1;
    }
    let line = text[start..].split('\n').next().unwrap_or_default();
    let inside = line.char_indices().nth(column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
    Some(start + inside)
}
