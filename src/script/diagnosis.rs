//! What a person is told when the engine fails: its errors become faults, with suggestions made after the fact.

use super::call::{self, Call};
use super::display;
use super::fault::Fault;
use super::kinds::{plain_type, spoken_type};
use super::number::shortened;
use super::reflect::{Entry, Reference};
use super::sources::Sources;
use super::tokens::{offset, pieces};
use crate::base::error::Kind;
use rhai::{Dynamic, Engine, EvalAltResult, ParseError, Position, Scope, Token};
use std::collections::BTreeSet;

/// What is known when something fails.
pub struct Scene<'s> {
    /// The engine.
    pub engine: &'s Engine,
    /// Functions, methods and properties.
    pub reference: &'s Reference,
    /// The variables.
    pub scope: &'s Scope<'static>,
    /// Functions of the session.
    pub session: &'s [Entry],
    /// The texts.
    pub sources: &'s Sources,
}

impl Scene<'_> {
    /// The fault of an error that came out of the cell `source`.
    #[must_use]
    pub fn fault(&self, error: EvalAltResult, source: usize) -> Fault {
        let mut calls = Vec::new();
        let (innermost, source, position) = self.innermost(error, source, &mut calls);
        let position = if position.is_none() { self.race(&innermost, source).unwrap_or(position) } else { position };
        let call = Call::at(self.engine, &self.sources.get(source).text, position);
        let mut fault = self.plain(innermost, call.as_ref());
        if let Some(name) = fault.option().map(str::to_owned) {
            fault = self.about_option(fault, &name, call.as_ref());
        }
        fault.place = self.sources.place(self.engine, source, position, &fault.focus).map(Box::new);
        if let Some(place) = &mut fault.place
            && fault.focus.is_empty()
            && fault.kind == Kind::Cancelled.name()
        {
            place.width = 1;
        }
        fault.calls = calls.into();
        fault
    }

    /// The fault of a text that does not parse.
    #[must_use]
    pub fn syntax(&self, error: &ParseError, source: usize) -> Fault {
        let mut fault = self.parsing(&error.err_type().to_string());
        if let Some(word) = self.keyword_as_key(source, error.position()) {
            fault = Fault::new("syntax", format!("`{word}` is a word of the language, so as a key it is quoted"))
                .help(format!("quote it: \"{word}\""));
        }
        fault.place = self.sources.place(self.engine, source, error.position(), &fault.focus).map(Box::new);
        fault
    }

    /// Where the method stands that a data race is in, which the engine does not say: the first of its name that is given a
    /// function.
    fn race(&self, error: &EvalAltResult, source: usize) -> Option<Position> {
        let EvalAltResult::ErrorDataRace(text, _) = error else { return None };
        let method = text.split('\'').nth(1)?;
        let tokens = pieces(self.engine, &self.sources.get(source).text);
        let given = |at: usize| {
            let close = call::end(&tokens, at)?;
            tokens[at..close].iter().any(|piece| matches!(piece.token, Token::Pipe | Token::Or)).then_some(())
        };
        let named = |at: &usize| tokens[*at].name() == Some(method);
        let calls: Vec<usize> = (0..tokens.len()).filter(named).collect();
        let at = calls.iter().find(|&&at| given(at).is_some()).or(calls.first())?;
        Some(tokens[*at].position)
    }

    /// Goes down through function calls; the place stays in texts that the person wrote.
    fn innermost(
        &self,
        error: EvalAltResult,
        source: usize,
        calls: &mut Vec<String>,
    ) -> (EvalAltResult, usize, Position) {
        let mut position = error.position();
        let (mut error, mut source, mut fixed) = (error, source, false);
        loop {
            match error {
                EvalAltResult::ErrorInFunctionCall(name, _, inner, at) => {
                    let written = self.sources.defining(&name);
                    let own = written.is_some_and(|n| self.sources.get(n).own);
                    if !fixed {
                        position = at;
                    }
                    if !name.starts_with("anon$") {
                        let line = at.line().filter(|_| own).map_or(String::new(), |line| {
                            format!(", called at {}:{line}", self.sources.get(source).name)
                        });
                        calls.insert(0, format!("{name}(){line}"));
                    }
                    match written {
                        Some(text) if own && !fixed => {
                            source = text;
                            position = inner.position();
                        }
                        _ => fixed = true,
                    }
                    error = *inner;
                }
                EvalAltResult::ErrorInModule(name, inner, at) => {
                    if !fixed {
                        position = at;
                    }
                    fixed = true;
                    calls.insert(0, format!("module {name}"));
                    error = *inner;
                }
                other => return (other, source, position),
            }
        }
    }

    /// What is wrong with an option is marked at its key, and the default is said.
    fn about_option(&self, fault: Fault, name: &str, call: Option<&Call>) -> Fault {
        let function = call.map_or("", |call| call.function.as_str());
        let options = self.reference.options(function, None);
        let advice = options.iter().find(|option| option.name == name).map(|option| option.advice(function).into());
        Fault { help: fault.help.clone().or(advice), ..fault.about(name) }
    }

    fn plain(&self, mut error: EvalAltResult, call: Option<&Call>) -> Fault {
        match error {
            EvalAltResult::ErrorRuntime(value, _) => thrown(value),
            EvalAltResult::ErrorTerminated(value, _) => {
                value.try_cast::<Fault>().unwrap_or_else(|| Fault::new(Kind::Cancelled.name(), "stopped"))
            }
            EvalAltResult::ErrorVariableNotFound(name, _) => self.unknown_variable(&name),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => self.unknown_call(&signature, call),
            EvalAltResult::ErrorDotExpr(text, _) => self.unknown_property(&text),
            EvalAltResult::ErrorIndexingType(text, _) => {
                let (value, index) = text.split_once(" [").unwrap_or((&text, ""));
                let index = spoken_type(index.split(']').next().unwrap_or_default());
                Fault::argument(format!("{} cannot be indexed with {index}", spoken_type(value)))
            }
            EvalAltResult::ErrorMismatchDataType(wanted, got, _)
            | EvalAltResult::ErrorMismatchOutputType(wanted, got, _) => {
                Fault::argument(format!("wanted {}, got {}", spoken_type(&wanted), spoken_type(&got)))
            }
            EvalAltResult::ErrorStackOverflow(_) => Fault::new("data", "functions call each other too deeply")
                .help("look for a function that never stops calling itself"),
            EvalAltResult::ErrorParsing(kind, _) => self.parsing(&kind.to_string()),
            EvalAltResult::ErrorModuleNotFound(name, _) => {
                Fault::new("file", format!("no module {name:?}")).help(format!("`import` reads {name}.rhai"))
            }
            EvalAltResult::ErrorDataRace(..) => Fault::new("script", "a function reads the value that calls it")
                .help("give what it reads a name of its own first: let copy = x; x.retain(|i| copy.contains(i))"),
            EvalAltResult::ErrorFor(_) => Fault::argument("this value cannot be looped over"),
            _ => {
                let _ = error.take_position();
                Fault::new("script", lower(&error.to_string()))
            }
        }
    }

    /// The word that stands where a map's key should, if it is one of the language's own.
    fn keyword_as_key(&self, source: usize, position: Position) -> Option<String> {
        let tokens = pieces(self.engine, &self.sources.get(source).text);
        let at = tokens.iter().position(|piece| piece.position == position)?;
        let before = matches!(tokens.get(at.checked_sub(1)?)?.token, Token::MapStart | Token::Comma);
        let key = before && matches!(tokens.get(at + 1)?.token, Token::Colon);
        let text = &self.sources.get(source).text;
        let word: String = text[offset(text, position)?..]
            .chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect();
        (key && tokens[at].name().is_none() && word.starts_with(char::is_alphabetic)).then_some(word)
    }

    fn parsing(&self, text: &str) -> Fault {
        let text = text.trim_start_matches("Syntax error: ");
        Fault::new("syntax", lower(text))
    }

    fn function_names(&self) -> Vec<&str> {
        let known = self.reference.entries().iter().chain(self.session).filter(|e| !e.property);
        known.map(|e| e.name.as_str()).collect()
    }

    fn unknown_variable(&self, name: &str) -> Fault {
        let fault = Fault::new("name", format!("unknown variable `{name}`")).about(name);
        let functions = self.function_names();
        if functions.contains(&name) {
            return fault.help(format!("`{name}` is a function: write {name}(..)     (?{name})"));
        }
        let variables: Vec<&str> = self.scope.iter_raw().map(|(name, ..)| name).collect();
        let near = fault.clone().did_you_mean(name, variables.iter().copied());
        if near.remark.is_some() { near } else { fault.did_you_mean(name, functions) }
    }

    /// `signature` is the engine's `name (type, type)`.
    fn unknown_call(&self, signature: &str, written: Option<&Call>) -> Fault {
        let (name, rest) = signature.split_once(" (").unwrap_or((signature, ")"));
        let rest = rest.strip_suffix(')').unwrap_or(rest);
        let got: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split(", ").collect() };
        if !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return operator(name, &got);
        }
        let overloads: Vec<&Entry> =
            self.reference.entries().iter().chain(self.session).filter(|e| e.name == name).collect();
        let calls: Vec<&Entry> = overloads.iter().copied().filter(|e| !e.property).collect();
        if calls.is_empty() {
            let fault = Fault::new("name", format!("unknown function `{name}`")).about(name);
            if !overloads.is_empty() {
                return fault.help(format!("`{name}` is a property: write .{name} without brackets"));
            }
            let receiver = got.first().map(|kind| plain_type(kind)).unwrap_or_default();
            let members: Vec<&str> = self.reference.members(&receiver).map(|e| e.name.as_str()).collect();
            let near = fault.clone().did_you_mean(name, members);
            return if near.remark.is_some() { near } else { fault.did_you_mean(name, self.function_names()) };
        }
        self.wrong_arguments(name, &got, &calls, written.filter(|call| call.function == name))
    }

    /// Says which argument of the nearest overload is wrong. The receiver of a method is not counted.
    fn wrong_arguments(&self, name: &str, got: &[&str], calls: &[&Entry], written: Option<&Call>) -> Fault {
        let usage = {
            let mut lines: Vec<String> = calls.iter().map(|e| e.usage()).collect();
            lines.dedup();
            lines.truncate(4);
            format!("write {}     (?{name})", lines.join("\n   or "))
        };
        let fits = |kind: &str, got: &str| kind.is_empty() || kind == plain_type(got);
        let matching = |e: &Entry| e.arguments.iter().zip(got).filter(|((_, kind), got)| fits(kind, got)).count();
        let nearest = calls.iter().filter(|e| e.arguments.len() == got.len()).max_by_key(|e| matching(e));
        let Some(nearest) = nearest else {
            let receiver = usize::from(written.is_some_and(|call| call.method));
            let counts: BTreeSet<usize> = calls.iter().map(|e| e.arguments.len().saturating_sub(receiver)).collect();
            let noun = if counts.iter().eq([&1]) { "argument" } else { "arguments" };
            let counts = counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            let got = got.len().saturating_sub(receiver);
            let fault = Fault::argument(format!("{name} takes {counts} {noun}, got {got}"));
            return fault.about(name).help(usage);
        };
        let mut places = nearest.arguments.iter().zip(got).enumerate();
        let fault = match places.find(|(_, ((_, kind), got))| !fits(kind, got)) {
            Some((at, ((argument, kind), got))) => {
                let value = self.value_of(written, at, got).map_or_else(String::new, |value| format!(" {value}"));
                let (wanted, got) = (spoken_type(kind), spoken_type(got));
                Fault::argument(format!("argument `{argument}` of {name} must be {wanted}, got {got}{value}"))
            }
            None => Fault::argument(format!("{name} does not take these arguments")),
        };
        fault.about(name).help(usage)
    }

    /// An argument's value, if it is written out or is a variable, shortened.
    fn value_of(&self, written: Option<&Call>, number: usize, kind: &str) -> Option<String> {
        let call = written?;
        let text = call.argument(number)?;
        let variable = self.scope.get(text).filter(|value| plain_type(value.type_name()) == plain_type(kind));
        let value = variable.map(|value| display::line(&value.flatten_clone()));
        value.or_else(|| call.literal(self.engine, number)).map(|text| shortened(&text))
    }

    fn unknown_property(&self, text: &str) -> Fault {
        let mut quoted = text.split('\'').skip(1).step_by(2);
        let (Some(name), Some(kind)) = (quoted.next(), quoted.next()) else {
            return Fault::new("name", lower(text));
        };
        let spoken = spoken_type(kind);
        if text.starts_with("No writable") {
            return Fault::argument(format!("`.{name}` of {spoken} cannot be set"))
                .about(name)
                .help("values never change: every verb gives a new one");
        }
        let fault = Fault::new("name", format!("{spoken} has no `.{name}`")).about(name);
        let kind = plain_type(kind);
        let members: Vec<&Entry> = self.reference.members(&kind).collect();
        if let Some(method) = members.iter().find(|e| e.name == name && !e.property) {
            return fault.help(format!("`{name}` is a method: write {}", method.usage()));
        }
        let own: Vec<&str> = members.iter().filter(|e| e.property).map(|e| e.name.as_str()).collect();
        let fault = fault.did_you_mean(name, members.iter().map(|e| e.name.as_str()));
        if own.is_empty() { fault } else { fault.help(format!("{kind} has .{}", own.join(" ."))) }
    }
}

fn operator(name: &str, got: &[&str]) -> Fault {
    let spoken: Vec<String> = got.iter().map(|kind| spoken_type(kind)).collect();
    match spoken.as_slice() {
        [a, b] => Fault::argument(format!("`{name}` does not work between {a} and {b}")),
        [a] => Fault::argument(format!("`{name}` does not work on {a}")),
        _ => Fault::argument(format!("`{name}` does not work here")),
    }
}

/// What a script threw: a fault, a text, or any value.
fn thrown(value: Dynamic) -> Fault {
    let value = value.flatten();
    if let Some(fault) = value.clone().try_cast::<Fault>() {
        return fault;
    }
    match value.clone().into_string() {
        Ok(text) => Fault::new("thrown", text),
        Err(_) if value.is_unit() => Fault::new("thrown", "failed"),
        Err(_) => Fault::new("thrown", value.to_string()),
    }
}

fn lower(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
