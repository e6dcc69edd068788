//! The program: reads the command line, does what it says, and gives the exit code.

use super::arguments::{Arguments, CacheAction, Command, Data, Settings};
use super::{cache, data, page};
use crate::base::error::{Error, Kind, Result};
use crate::base::level::Level;
use crate::base::progress::{Cancel, Monitor};
use crate::io::store::Store;
use crate::script::environment::Host;
use crate::script::session::Session;
use crate::script::show::WHOLE;
use crate::shell::console::{COLUMNS, Console};
use crate::shell::editor::terminal_size;
use crate::shell::export::read_script;
use crate::shell::graphics::Mode;
use crate::shell::interrupt::{Interrupt, STOPPED};
use crate::shell::{cache as kept, repl, report};
use clap::Parser;
use std::ffi::OsString;
use std::io::{IsTerminal, Read};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// A script or cell that failed.
const FAILED: u8 = 1;

/// A command line that cannot be followed.
const USAGE: u8 = 2;

/// Runs the program with its command line, the program's own name first.
pub fn run(line: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(line) {
        Ok(arguments) => arguments,
        Err(problem) => {
            // Help and version go to standard output with code 0, all else to standard error with code 2. A reader
            // that has gone away is no reason to fail.
            let _ = problem.print();
            return ExitCode::from(u8::try_from(problem.exit_code()).unwrap_or(USAGE));
        }
    };
    let console = Console::standard();
    match obey(arguments, &console) {
        Ok(code) => ExitCode::from(code),
        Err(problem) => {
            report::error(&console, &problem);
            ExitCode::from(USAGE)
        }
    }
}

/// Does what the command line says; its errors are of usage.
fn obey(arguments: Arguments, console: &Console) -> Result<u8> {
    let Arguments { command, settings } = arguments;
    set_threads(&settings)?;
    set_level()?;
    let mode = Mode::named(&settings.plot, console.is_terminal(), |name| std::env::var(name).ok())?;
    match command {
        None if std::io::stdin().is_terminal() => {
            repl::open(host(console, &settings, Vec::new())?, console.clone(), mode)?;
            Ok(0)
        }
        None => {
            let text = standard_input()?;
            execute(&text, "standard input", host(console, &settings, Vec::new())?, console, mode)
        }
        Some(Command::Run { file, args }) => {
            let text = read_script(&file)?;
            let name = file.display().to_string();
            execute(&text, &name, host(console, &settings, args)?, console, mode)
        }
        Some(Command::Eval { code }) => {
            execute(&code, report::CODE, host(console, &settings, Vec::new())?, console, mode)
        }
        Some(Command::Check { file }) => check(&read_script(&file)?, &file.display().to_string(), console),
        Some(Command::Data(data)) => inspect(data, host(console, &settings, Vec::new())?, console),
        Some(Command::Cache { action }) => tend(action, &cache::store(|name| std::env::var_os(name))?, console),
        Some(Command::Doc) => {
            console.say(&page::page(Session::new(Host::quiet()).reference()));
            Ok(0)
        }
    }
}

fn set_threads(settings: &Settings) -> Result<()> {
    let Some(threads) = settings.threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
    pool.build_global().map_err(|cause| Error::argument(format!("no {threads} threads can be had")).caused_by(cause))
}

/// The variable that lowers the level of vector instructions.
const LEVEL: &str = "SEQTRAN_LEVEL";

/// Lowers the vector instructions in use, to test that no result depends on them; never above what the machine has.
fn set_level() -> Result<()> {
    let Some(wanted) = std::env::var_os(LEVEL).filter(|wanted| !wanted.is_empty()) else { return Ok(()) };
    let level = Level::named(&wanted.to_string_lossy())
        .map_err(|problem| Error::argument(format!("{LEVEL}: {}", problem.message())))?;
    Level::limit(level);
    Ok(())
}

fn standard_input() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|cause| Error::file("standard input", "cannot be read", cause))?;
    Ok(text)
}

fn host(console: &Console, settings: &Settings, args: Vec<String>) -> Result<Host> {
    let started = Instant::now();
    let printer = console.clone();
    let columns = if console.is_terminal() { terminal_size().map(|(columns, _)| columns) } else { None };
    let width = columns.unwrap_or(COLUMNS);
    if columns.is_some() {
        console.fit(width);
    }
    Ok(Host {
        display: console.bars(),
        print: Arc::new(move |line| printer.say(line)),
        clock: Arc::new(move || started.elapsed().as_secs_f64()),
        args,
        seed: settings.seed,
        width,
        whole: columns.is_none(),
        store: cache::store(|name| std::env::var_os(name))?,
        scratch: cache::scratch(|name| std::env::var_os(name))?,
    })
}

/// Runs a text and shows its last value.
fn execute(text: &str, name: &str, host: Host, console: &Console, mode: Mode) -> Result<u8> {
    let (width, store) = (host.width, host.store.clone());
    let mut session = Session::new(host);
    let interrupt = Interrupt::listen(session.cancel(), console.clone(), true)?;
    let result = interrupt.during(|| session.eval(text, name));
    kept::tell_trouble(&store, console);
    match result {
        Ok(outcome) => {
            if outcome.hidden {
                return Ok(0);
            }
            if let Some(figure) = outcome.figure {
                let stem = Path::new(name).file_stem().map_or(name.into(), |stem| stem.to_string_lossy());
                let png = match interrupt.during(|| figure.png(&session.monitor())) {
                    Err(stopped) if stopped.kind() == Kind::Cancelled => {
                        console.complain("stopped");
                        return Ok(STOPPED);
                    }
                    drawn => drawn?,
                };
                report::figure(console, mode, (&figure, &png), width, &stem)?;
            } else if let Some(text) = outcome.text {
                console.say(&text);
            }
            Ok(0)
        }
        Err(fault) if fault.kind == Kind::Cancelled.name() => {
            console.complain(&fault.help.map_or("stopped".to_owned(), |help| format!("stopped; {help}")));
            Ok(STOPPED)
        }
        Err(fault) => {
            report::fault(console, &fault);
            Ok(FAILED)
        }
    }
}

/// Says what is in a folder of images and labels.
fn inspect(data: Data, host: Host, console: &Console) -> Result<u8> {
    let cancel = Cancel::new();
    let monitor = Monitor::new(host.display, cancel.clone());
    let interrupt = Interrupt::listen(cancel, console.clone(), true)?;
    match interrupt.during(|| data::report(data, if host.whole { WHOLE } else { host.width }, &monitor)) {
        Ok(report) => {
            console.say(&report.text);
            if report.broken {
                console.complain("some files cannot be used as they are");
            }
            Ok(if report.broken { FAILED } else { 0 })
        }
        Err(problem) if problem.kind() == Kind::Cancelled => {
            console.complain("stopped");
            Ok(STOPPED)
        }
        Err(problem) => {
            report::error(console, &problem);
            Ok(FAILED)
        }
    }
}

/// Says how large the cache is, or empties it.
fn tend(action: Option<CacheAction>, store: &Store, console: &Console) -> Result<u8> {
    let said = match action {
        None => Ok(kept::summary(store)),
        Some(CacheAction::Clear) => kept::clear(store),
    };
    match said {
        Ok(text) => console.say(&text),
        Err(problem) => {
            report::error(console, &problem);
            return Ok(FAILED);
        }
    }
    Ok(0)
}

/// Reads a script without running it.
fn check(text: &str, name: &str, console: &Console) -> Result<u8> {
    match Session::new(Host::quiet()).check(text, name) {
        Ok(()) => {
            console.say(&format!("{name}: nothing wrong found"));
            Ok(0)
        }
        Err(fault) => {
            report::fault(console, &fault);
            Ok(FAILED)
        }
    }
}
