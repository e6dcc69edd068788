//! A call as it is written: what a message about its arguments can show.

use super::tokens::{Piece, closing, offset, pieces, step};
use rhai::{Engine, Position, Token};

/// A call in a source.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called.
    pub function: String,
    /// Whether it is written after a dot, so that the first argument stands before it.
    pub method: bool,
    /// What is written between the brackets.
    pub arguments: Vec<String>,
}

impl Call {
    /// The call whose name stands at a position.
    #[must_use]
    pub fn at(engine: &Engine, text: &str, position: Position) -> Option<Call> {
        let tokens = pieces(engine, text);
        let name = tokens.iter().position(|piece| piece.position == position)?;
        let close = end(&tokens, name)?;
        let method = name > 0 && matches!(tokens[name - 1].token, Token::Period);
        let mut call = Call { function: tokens[name].name()?.into(), method, arguments: Vec::new() };
        let (mut depth, mut from) = (0_i64, name + 2);
        for at in name + 2..=close {
            match tokens[at].token {
                _ if depth == 0 && (at == close || matches!(tokens[at].token, Token::Comma)) => {
                    if from < at {
                        let (start, stop) = (offset(text, tokens[from].position)?, offset(text, tokens[at].position)?);
                        call.arguments.push(text[start..stop].trim().into());
                    }
                    from = at + 1;
                }
                _ => depth += step(&tokens[at]),
            }
        }
        Some(call)
    }

    /// The text of an argument; number 0 of a method is its receiver, which is not among them.
    #[must_use]
    pub fn argument(&self, number: usize) -> Option<&str> {
        self.arguments.get(number.checked_sub(usize::from(self.method))?).map(String::as_str)
    }

    /// The same, if it is a value and not a computation.
    #[must_use]
    pub fn literal(&self, engine: &Engine, number: usize) -> Option<String> {
        let text = self.argument(number)?;
        let value = |piece: &Piece| {
            let sign =
                matches!(piece.token, Token::UnaryMinus | Token::Minus | Token::Comma | Token::True | Token::False);
            let number = matches!(piece.token, Token::IntegerConstant(_) | Token::FloatConstant(_));
            sign || number || matches!(piece.token, Token::StringConstant(_) | Token::LeftBracket | Token::RightBracket)
        };
        pieces(engine, text).iter().all(value).then(|| text.to_owned())
    }
}

/// Where the bracket closes that stands behind a name.
#[must_use]
pub fn end(tokens: &[Piece], name: usize) -> Option<usize> {
    match tokens.get(name + 1)?.token {
        // `()` is one token.
        Token::Unit => Some(name + 1),
        Token::LeftParen => closing(tokens, name + 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_as_it_is_written() {
        let engine = Engine::new();
        let text = "let c = g.cluster([1, f(2)], #{ a: 1 });";
        let call = Call::at(&engine, text, Position::new(1, 11)).expect("there is a call");
        assert_eq!((call.function.as_str(), call.method), ("cluster", true));
        assert_eq!(call.arguments, ["[1, f(2)]", "#{ a: 1 }"]);
        assert_eq!(Call::at(&engine, "f()", Position::new(1, 1)).map(|call| call.arguments.len()), Some(0));
        let call = Call::at(&engine, "f(-2.5, \"a\", x + 1)", Position::new(1, 1)).expect("there is a call");
        let literals: Vec<Option<String>> = (0..3).map(|n| call.literal(&engine, n)).collect();
        assert_eq!(literals, [Some("-2.5".to_owned()), Some("\"a\"".to_owned()), None]);
    }
}
