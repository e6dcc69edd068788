//! A session: cells evaluated one after another over the same variables, functions and imports.

use super::bindings::all::options;
use super::completion::{self, Completion};
use super::diagnosis::Scene;
use super::display;
use super::engine::{self, STACK};
use super::environment::{Environment, Host};
use super::fault::Fault;
use super::help;
use super::panics;
use super::readings::Readings;
use super::reflect::{Entry, Origin, Reference, scripted};
use super::sources::Sources;
use super::stdlib::STDLIB;
use super::tokens::pieces;
use super::wholeness;
use crate::base::progress::{Cancel, Monitor};
use crate::io::store::Store;
use crate::plot::figure::Figure;
use rhai::{AST, Caches, Dynamic, Engine, EvalAltResult, GlobalRuntimeState, ParseError, Scope, Token};
use std::collections::HashSet;
use std::sync::Arc;

/// What a cell gave.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Its value as a person wants to see it; nothing when the cell has no value.
    pub text: Option<String>,
    /// The name of the value's type.
    pub kind: String,
    /// Seconds by the host's clock.
    pub elapsed: f64,
    /// Whether a closing `;` asks not to show the value.
    pub hidden: bool,
    /// The value, when it is a figure.
    pub figure: Option<Figure>,
}

/// A variable of the session.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The name of its type.
    pub kind: String,
    /// Its value in one line.
    pub line: String,
}

/// See the module.
pub struct Session {
    engine: Engine,
    environment: Arc<Environment>,
    readings: Readings,
    scope: Scope<'static>,
    state: GlobalRuntimeState,
    functions: AST,
    library: AST,
    sources: Sources,
    reference: Reference,
    cells: usize,
}

/// Why a cell gave no value.
enum Failure {
    Syntax(ParseError),
    Run(Box<EvalAltResult>),
}

impl Session {
    /// A session with the library loaded.
    ///
    /// # Panics
    /// If the library, which is part of the program and tested, does not parse.
    #[must_use]
    pub fn new(host: Host) -> Self {
        panics::install();
        let environment = Arc::new(Environment::new(host));
        let readings = Readings::default();
        let engine = engine::engine(&environment, &readings);
        let mut sources = Sources::default();
        let mut library = AST::empty();
        for (name, text) in STDLIB {
            let ast = engine.compile(text).unwrap_or_else(|error| panic!("{name} parses: {error}"));
            let source = sources.add(name, text, false);
            sources.defines(source, ast.iter_functions().map(|f| f.name));
            library = library.merge(&ast);
        }
        let library = library.clone_functions_only();
        let reference = Reference::new(&engine, &library, &options());
        let state = engine.new_global_runtime_state();
        Session {
            engine,
            environment,
            readings,
            scope: Scope::new(),
            state,
            functions: library.clone(),
            library,
            sources,
            reference,
            cells: 0,
        }
    }

    /// The flag that stops the running cell; raise it from another thread.
    #[must_use]
    pub fn cancel(&self) -> Cancel {
        self.environment.cancel().clone()
    }

    /// Progress and cancellation for what is done with a result after its cell.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        self.environment.monitor().clone()
    }

    /// Where results are kept between runs.
    #[must_use]
    pub fn store(&self) -> Store {
        self.environment.store().clone()
    }

    /// Sets the columns a printed value may take.
    pub fn set_width(&self, width: usize) {
        self.environment.set_width(width);
    }

    /// Evaluates a cell, on a thread with a large stack. `name` is what errors call the text: a file, or `st[3]`.
    ///
    /// # Errors
    /// The fault, with its place; variables set before it keep their values. A panic is a fault too.
    pub fn eval(&mut self, text: &str, name: &str) -> Result<Outcome, Fault> {
        self.cells += 1;
        self.environment.cancel().lower();
        let tokens = pieces(&self.engine, text);
        self.readings.note(&tokens);
        let hidden = tokens.last().is_some_and(|last| matches!(last.token, Token::SemiColon));
        let source = self.sources.add(name, text, true);
        let started = (self.environment.host.clock)();
        let run = self.on_worker(text, name, source);
        compact(&mut self.scope);
        let value = match run {
            Ok(Ok(value)) => value.flatten(),
            Ok(Err(Failure::Syntax(error))) => return Err(self.scene(&self.session_entries()).syntax(&error, source)),
            Ok(Err(Failure::Run(error))) => {
                let mut fault = self.scene(&self.session_entries()).fault(*error, source);
                if let Some(kept) = self.environment.take_kept() {
                    fault.kept = true;
                    self.remember(&kept);
                }
                return Err(fault);
            }
            Err(fault) => return Err(fault),
        };
        let elapsed = (self.environment.host.clock)() - started;
        let kind = self.engine.map_type_name(value.type_name()).to_string();
        if value.is_unit() {
            return Ok(Outcome { kind, elapsed, hidden, ..Outcome::default() });
        }
        self.remember(&value);
        let text = Some(display::block(&value, self.environment.room()));
        let figure = value.try_cast::<Figure>();
        Ok(Outcome { text, kind, elapsed, hidden, figure })
    }

    /// Whether a text parses.
    ///
    /// # Errors
    /// The syntax fault with its place.
    pub fn check(&mut self, text: &str, name: &str) -> Result<(), Fault> {
        self.readings.note(&pieces(&self.engine, text));
        let source = self.sources.add(name, text, true);
        match self.engine.compile(text) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.scene(&[]).syntax(&error, source)),
        }
    }

    /// Whether a cell is whole; if not, the editor goes on reading lines.
    #[must_use]
    pub fn is_complete(&self, text: &str) -> bool {
        self.readings.note(&pieces(&self.engine, text));
        wholeness::is_whole(&self.engine, text)
    }

    /// What may stand at byte `at` of a cell.
    #[must_use]
    pub fn complete(&self, text: &str, at: usize) -> Completion {
        let own = self.session_entries();
        let type_of = |name: &str| self.scope.get(name).map(|v| self.engine.map_type_name(v.type_name()).to_string());
        let variables: Vec<&str> = self.scope.iter_raw().map(|(name, ..)| name).collect();
        completion::complete(&self.engine, &self.reference, &own, &variables, &type_of, text, at)
    }

    /// The help on a function, method, property or type; without a topic, an overview.
    #[must_use]
    pub fn help(&self, topic: &str) -> Option<String> {
        help::help(&self.reference, &self.session_entries(), topic)
    }

    /// All that speaks of a word.
    #[must_use]
    pub fn apropos(&self, word: &str) -> String {
        help::apropos(&self.reference, word)
    }

    /// The text of a script function, or where a binding lives.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<String> {
        if let Some(text) = self.sources.definition(&self.engine, name) {
            return Some(text);
        }
        let known = !self.reference.named(name).is_empty();
        known.then(|| format!("{name} is written in Rust, in src/script/bindings/ of seqtran"))
    }

    /// The documentation as data, for the reference page.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// The variables in the order they were made.
    #[must_use]
    pub fn vars(&self) -> Vec<Variable> {
        let shown = self.scope.iter_raw().filter(|(name, ..)| !matches!(*name, "_" | "__"));
        let mut variables: Vec<Variable> = shown
            .map(|(name, _, value)| Variable {
                name: name.into(),
                kind: self.engine.map_type_name(value.type_name()).into(),
                line: display::line(&value.flatten_clone()),
            })
            .collect();
        // The scope gives the newest first.
        variables.reverse();
        variables
    }

    /// Forgets a variable; says whether it was there.
    pub fn drop_variable(&mut self, name: &str) -> bool {
        let found = self.scope.contains(name);
        retain(&mut self.scope, |other| other != name);
        found
    }

    /// Forgets all variables, functions, imports and earlier values.
    pub fn reset(&mut self) {
        self.scope.clear();
        self.environment.forget();
        self.functions = self.library.clone();
        self.state = self.engine.new_global_runtime_state();
    }

    fn session_entries(&self) -> Vec<Entry> {
        let library: HashSet<(&str, usize)> = self.library.iter_functions().map(|f| (f.name, f.params.len())).collect();
        let mut entries = scripted(&self.functions, Origin::Session);
        entries.retain(|e| !library.contains(&(e.name.as_str(), e.arguments.len())));
        entries
    }

    fn scene<'s>(&'s self, session: &'s [Entry]) -> Scene<'s> {
        Scene { engine: &self.engine, reference: &self.reference, scope: &self.scope, session, sources: &self.sources }
    }

    /// Parses and runs a cell on a thread of its own.
    fn on_worker(&mut self, text: &str, name: &str, source: usize) -> Result<Result<Dynamic, Failure>, Fault> {
        let Session { engine, scope, state, functions, sources, .. } = self;
        let work = || -> Result<Dynamic, Failure> {
            let ast = engine.compile(text).map_err(Failure::Syntax)?;
            sources.defines(source, ast.iter_functions().map(|f| f.name));
            let merged = functions.merge(&ast);
            *functions = merged.clone_functions_only();
            state.lib.clear();
            state.lib.push(merged.shared_lib().clone());
            state.source = Some(name.into());
            state.num_operations = 0;
            state.level = 0;
            state.scope_level = 0;
            // The one entry that keeps imports from cell to cell.
            #[allow(deprecated)]
            engine.eval_statements_raw(state, &mut Caches::new(), scope, merged.statements()).map_err(Failure::Run)
        };
        let outcome = std::thread::scope(|threads| {
            let worker = std::thread::Builder::new().name(panics::WORKER.into()).stack_size(STACK);
            worker.spawn_scoped(threads, work).map(std::thread::ScopedJoinHandle::join)
        });
        match outcome {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => {
                let help = "a defect of seqtran; the session goes on, please report what you did";
                Err(Fault::new("internal", format!("a panic: {}", panics::message(&*panic))).help(help))
            }
            Err(error) => Err(Fault::new("internal", format!("no thread to work on: {error}"))),
        }
    }

    fn remember(&mut self, value: &Dynamic) {
        self.environment.remember(self.cells, value.clone());
        if let Some(last) = self.scope.get("_").cloned() {
            self.scope.set_or_push("__", last);
        }
        self.scope.set_or_push("_", value.clone());
    }
}

/// Names and whether they are constant, oldest first; the scope itself gives the newest first.
fn entries(scope: &Scope) -> Vec<(String, bool)> {
    let mut all: Vec<_> = scope.iter_raw().map(|(name, constant, _)| (name.to_string(), constant)).collect();
    all.reverse();
    all
}

/// Keeps the newest variable of each name, so that what was shadowed is let go.
fn compact(scope: &mut Scope<'static>) {
    let names: Vec<String> = entries(scope).into_iter().map(|(name, _)| name).collect();
    let newest: HashSet<usize> = {
        let mut seen = HashSet::new();
        (0..names.len()).rev().filter(|&at| seen.insert(names[at].as_str())).collect()
    };
    if newest.len() < names.len() {
        let mut at = 0;
        retain(scope, |_| {
            at += 1;
            newest.contains(&(at - 1))
        });
    }
}

fn retain(scope: &mut Scope<'static>, mut keep: impl FnMut(&str) -> bool) {
    let constant: Vec<bool> = entries(scope).into_iter().map(|(_, constant)| constant).collect();
    let old = std::mem::take(scope);
    for ((name, value, _), constant) in old.into_iter().zip(constant) {
        if !keep(&name) {
            continue;
        }
        if constant {
            scope.push_constant_dynamic(name, value);
        } else {
            scope.push_dynamic(name, value);
        }
    }
}
