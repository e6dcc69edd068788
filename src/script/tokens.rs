//! A source as tokens with their places: for completeness, for underlining, for completion, and for reading some otherwise.

use rhai::{Engine, LexError, Position, Token};

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
pub(super) fn underline_name(error: &LexError) -> Option<Token> {
    match error {
        LexError::MalformedIdentifier(name) if name == "__" => Some(Token::Identifier(Box::new(name.as_str().into()))),
        _ => None,
    }
}

/// Rhai keeps the word `case` back for a use it does not have; here it is a method.
pub(super) fn freed(token: Token) -> Token {
    match token {
        Token::Reserved(word) if *word == "case" => Token::Identifier(word),
        token => token,
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

/// How a token changes the depth of brackets.
#[must_use]
pub fn step(piece: &Piece) -> i64 {
    match piece.token {
        Token::LeftParen | Token::LeftBracket | Token::QuestionBracket | Token::LeftBrace | Token::MapStart => 1,
        Token::RightParen | Token::RightBracket | Token::RightBrace => -1,
        _ => 0,
    }
}

/// Where the bracket closes that opens at a place.
#[must_use]
pub fn closing(tokens: &[Piece], open: usize) -> Option<usize> {
    let mut depth = 0;
    tokens.iter().enumerate().skip(open).find_map(|(at, piece)| {
        depth += step(piece);
        (depth == 0).then_some(at)
    })
}
