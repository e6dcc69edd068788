//! Tokens that are read otherwise than the engine would: `_` as a variable, and variables of which a copy is meant.

use super::snapshots::{marked, roots};
use super::tokens::{Piece, freed, underline_name};
use rhai::{Engine, Position, Token};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Which names stand at some places of the source that is parsed next.
#[derive(Clone, Default)]
pub struct Readings(Arc<Mutex<HashMap<Position, (Token, String)>>>);

impl Readings {
    /// Installs the readings in an engine.
    pub fn install(&self, engine: &mut Engine) {
        let places = self.0.clone();
        // Marked so by its authors because it may change, not because it goes away.
        #[allow(deprecated)]
        engine.on_parse_token(move |token, position, _| {
            match places.lock().unwrap_or_else(PoisonError::into_inner).get(&position) {
                // A module that is imported meanwhile has other tokens at these places.
                Some((noted, name)) if *noted == token => return Token::Identifier(Box::new(name.into())),
                _ => {}
            }
            match token {
                Token::LexError(error) => underline_name(&error).unwrap_or(Token::LexError(error)),
                token => freed(token),
            }
        });
    }

    /// Notes the places in a source that is parsed next. In `switch`, `_ =>` keeps its meaning.
    pub fn note(&self, pieces: &[Piece]) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.clear();
        for (at, piece) in pieces.iter().enumerate() {
            let arrow = pieces.get(at + 1).is_some_and(|next| matches!(next.token, Token::DoubleArrow));
            if matches!(piece.token, Token::Underscore) && !arrow {
                places.insert(piece.position, (Token::Underscore, "_".into()));
            }
        }
        for at in roots(pieces) {
            let piece = &pieces[at];
            if let Some(name) = piece.name() {
                places.insert(piece.position, (piece.token.clone(), marked(name)));
            }
        }
    }
}
