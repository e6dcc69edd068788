//! A method that is given a function which reads the very variable the method is called on, as in
//! `tasks.names.map(|n| tasks[n].cases)`.
//!
//! The engine locks the variable while the method works, so the function cannot read it. Values never change here but by the few
//! methods in [`CHANGING`], so for all others the method works on a copy, which costs little: values share what they hold.

use super::tokens::{Piece, closing, step};
use rhai::{Dynamic, Engine, EvalAltResult, Position, Token};

/// Methods of the language that change the value they are called on; these go on with the variable itself.
const CHANGING: [&str; 30] = [
    "push",
    "append",
    "insert",
    "pop",
    "shift",
    "remove",
    "retain",
    "drain",
    "splice",
    "clear",
    "truncate",
    "chop",
    "sort",
    "sort_by",
    "sort_desc",
    "order",
    "order_by",
    "order_desc",
    "reverse",
    "dedup",
    "pad",
    "set",
    "mixin",
    "fill_with",
    "trim",
    "crop",
    "replace",
    "make_upper",
    "make_lower",
    "for_each",
];

/// Stands before the name of a variable of which a copy is meant; no one can write it.
const MARK: char = '\u{1}';

/// A variable that stands in no scope and never changes: it is registered under both names.
pub const ARGUMENTS: &str = "args";

/// The name under which a copy of a variable is read.
#[must_use]
pub fn marked(name: &str) -> String {
    format!("{MARK}{name}")
}

/// Lets marked names be read.
pub fn install(engine: &mut Engine) {
    // Marked so by its authors because it may change, not because it goes away.
    #[allow(deprecated)]
    engine.on_var(|name, _, context| {
        let Some(plain) = name.strip_prefix(MARK) else { return Ok(None) };
        if plain == ARGUMENTS {
            return Ok(None);
        }
        let scope = context.scope();
        // A function that makes the variable itself is thought to capture the mark from outside, where there is none yet. A
        // variable that is nowhere was missed before this, by the function that reads it.
        let Some(value) = scope.get(plain).or_else(|| scope.get(name)) else { return Ok(Some(Dynamic::UNIT)) };
        match value.read_lock::<Dynamic>() {
            Some(value) => Ok(Some(value.clone())),
            None => Err(EvalAltResult::ErrorDataRace(plain.into(), Position::NONE).into()),
        }
    });
}

/// The tokens that name a variable of which a copy is to be taken.
#[must_use]
pub fn roots(tokens: &[Piece]) -> Vec<usize> {
    (0..tokens.len()).filter(|&at| is_root(tokens, at)).collect()
}

fn is_root(tokens: &[Piece], at: usize) -> bool {
    let Some(name) = tokens[at].name() else { return false };
    if at > 0 && matches!(tokens[at - 1].token, Token::Period | Token::Elvis | Token::Let | Token::Const | Token::Fn) {
        return false;
    }
    let mut read = false;
    let mut next = at + 1;
    while let Some(piece) = tokens.get(next) {
        match piece.token {
            Token::Period | Token::Elvis => {
                if tokens.get(next + 1).and_then(Piece::word).is_none_or(|method| CHANGING.contains(&method)) {
                    return false;
                }
                next += 2;
            }
            // The variable itself is called: no variable.
            Token::LeftParen | Token::Unit if next == at + 1 => return false,
            // `()` is one token.
            Token::Unit => next += 1,
            Token::LeftParen | Token::LeftBracket | Token::QuestionBracket => {
                let Some(close) = closing(tokens, next) else { return false };
                read |= reads(&tokens[next + 1..close], name);
                next = close + 1;
            }
            _ => break,
        }
    }
    read
}

/// Whether a function among the tokens reads a variable of this name that is not its own.
fn reads(tokens: &[Piece], name: &str) -> bool {
    let mut at = 0;
    while at < tokens.len() {
        let begins = at == 0 || !ends_value(&tokens[at - 1]);
        let body = match tokens[at].token {
            Token::Or if begins => at + 1,
            Token::Pipe if begins => match tokens[at + 1..].iter().position(|p| matches!(p.token, Token::Pipe)) {
                Some(close) => at + close + 2,
                None => return false,
            },
            _ => {
                at += 1;
                continue;
            }
        };
        let end = body + end_of_body(&tokens[body..]);
        let own = tokens[at..body].iter().any(|piece| piece.name() == Some(name));
        if !own && mentions(&tokens[body..end], name) {
            return true;
        }
        at = if own { end } else { body };
    }
    false
}

fn mentions(tokens: &[Piece], name: &str) -> bool {
    (0..tokens.len()).any(|at| {
        let dotted = at > 0 && matches!(tokens[at - 1].token, Token::Period | Token::Elvis);
        let key = tokens.get(at + 1).is_some_and(|next| matches!(next.token, Token::Colon));
        tokens[at].name() == Some(name) && !dotted && !key
    })
}

/// Whether a value may end with the token, so that `|` behind it is an operator and begins no function.
fn ends_value(piece: &Piece) -> bool {
    let bracket = matches!(piece.token, Token::RightParen | Token::RightBracket | Token::RightBrace);
    let number =
        matches!(piece.token, Token::IntegerConstant(_) | Token::FloatConstant(_) | Token::True | Token::False);
    bracket || number || piece.word().is_some()
}

/// Tokens of a function's body: up to the comma behind it.
fn end_of_body(tokens: &[Piece]) -> usize {
    let mut depth = 0_i64;
    let end = tokens.iter().position(|piece| {
        depth += step(piece);
        depth < 0 || (depth == 0 && matches!(piece.token, Token::Comma))
    });
    end.unwrap_or(tokens.len())
}

#[cfg(test)]
mod tests {
    use super::super::tokens::pieces;
    use super::*;

    #[test]
    fn only_a_variable_that_is_read_inside_is_copied() {
        let engine = Engine::new();
        let of = |text: &str| {
            let tokens = pieces(&engine, text);
            roots(&tokens).into_iter().map(|at| tokens[at].position.position().unwrap_or(0)).collect::<Vec<_>>()
        };
        assert_eq!(of("x.map(|i| x[0] + i)"), [1]);
        assert_eq!(of("tasks.names.map(|n| tasks[n].cases)"), [1]);
        assert_eq!(of("x.filter(|i| i > 1).map(|i| i + x[0])"), [1]);
        assert_eq!(of("x.keys().map(|i| x[i])"), [1]);
        assert_eq!(of("y.map(|i| x.map(|j| x[0] + j))"), [11]);
        for text in [
            "x.map(|x| x + 1)",
            "x.retain(|i| x.len() > i)",
            "y.map(|i| x[i])",
            "x.map(|i| i.x)",
            "f(|i| x)",
            "a | x.len() | x",
        ] {
            assert!(of(text).is_empty(), "{text}");
        }
    }
}
