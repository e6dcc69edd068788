//! The commands of the shell: lines that begin with `:`. A new one is an entry in [`COMMANDS`].

use super::desk::Desk;
use super::graphics::Mode;
use super::{cache as kept, export, report, timing};
use crate::base::error::{Error, Result};
use crate::base::nearest::nearest;
use std::path::Path;
use std::time::{Duration, Instant};

/// What happens after a command.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The next prompt.
    Prompt,
    /// The next prompt with a cell to be edited.
    Edit(String),
    /// The shell closes.
    Leave,
}

/// A command.
pub struct Command {
    /// Its name, without the colon.
    pub name: &'static str,
    /// What follows the name.
    pub argument: &'static str,
    /// What it does.
    pub about: &'static str,
    run: fn(&mut Desk, &str) -> Result<Next>,
}

/// All commands, in the order in which help lists them.
pub const COMMANDS: [Command; 17] = [
    Command { name: "help", argument: "[NAME]", about: "these commands, or the help on a name, as ?NAME", run: help },
    Command { name: "apropos", argument: "WORD", about: "all names that speak of a word", run: apropos },
    Command { name: "vars", argument: "", about: "the variables and their values in a line", run: vars },
    Command { name: "drop", argument: "NAME", about: "forget a variable", run: drop },
    Command { name: "time", argument: "CODE", about: "run code and say how long it took", run: time },
    Command { name: "bench", argument: "CODE", about: "run code again and again for its least time", run: bench },
    Command { name: "history", argument: "[WORD]", about: "the cells so far, or those with a word", run: history },
    Command { name: "replay", argument: "[N]", about: "run cell N, or the last one, again", run: replay },
    Command { name: "edit", argument: "[N]", about: "put cell N, or the last one, at the prompt", run: edit },
    Command { name: "run", argument: "FILE", about: "run a script here; its variables stay", run },
    Command { name: "save", argument: "FILE", about: "write the cells that ran as a script", run: save },
    Command { name: "plots", argument: "", about: "the figures that went to files", run: plots },
    Command { name: "set", argument: "[NAME VALUE]", about: "settings: plot, time", run: set },
    Command {
        name: "cache",
        argument: "[clear]",
        about: "the results kept between runs: how many, or none",
        run: cache,
    },
    Command { name: "reset", argument: "", about: "forget all variables and functions", run: reset },
    Command { name: "keys", argument: "", about: "what the keys do", run: keys },
    Command { name: "quit", argument: "", about: "leave, as Ctrl-D", run: |_, _| Ok(Next::Leave) },
];

/// What the keys do.
const KEYS: &str = "\
Enter     runs the cell when it is whole, else begins a new line; two empty lines run it anyway
Tab       completes names, members, options with their defaults, paths in texts, and commands
Right     takes the hint
Up Down   earlier and later cells; inside a cell its lines
Ctrl-R    searches the history
Ctrl-C    drops what is typed; while a cell runs, stops it and keeps every variable
Ctrl-D    leaves at an empty prompt
Ctrl-A E  start and end of the line; Ctrl-W, Ctrl-K, Ctrl-U cut, Ctrl-Y puts back, Ctrl-_ undoes";

/// Runs a command by its name, or by a beginning that only one name has.
///
/// # Errors
/// An unknown name, with the nearest; else what the command says.
pub fn run_command(desk: &mut Desk, name: &str, argument: &str) -> Result<Next> {
    (find(name)?.run)(desk, argument)
}

fn find(name: &str) -> Result<&'static Command> {
    let begins: Vec<&Command> = COMMANDS.iter().filter(|command| command.name.starts_with(name)).collect();
    let exact = begins.iter().copied().find(|command| command.name == name);
    if let Some(command) = exact.or_else(|| (begins.len() == 1 && !name.is_empty()).then(|| begins[0])) {
        return Ok(command);
    }
    let error = Error::argument(format!("unknown command `:{name}`"));
    let near: Vec<String> = match nearest(name, COMMANDS.iter().map(|command| command.name)) {
        Some(near) if begins.is_empty() => vec![format!(":{near}")],
        _ => begins.iter().map(|command| format!(":{}", command.name)).collect(),
    };
    Err(if near.is_empty() || name.is_empty() {
        error.help(":help lists the commands")
    } else {
        error.help(format!("did you mean {}? (:help lists the commands)", near.join(" or ")))
    })
}

/// Whether Tab completes a path after the command.
#[must_use]
pub fn takes_path(name: &str) -> bool {
    find(name).is_ok_and(|command| command.argument == "FILE")
}

/// The argument, which the command cannot do without.
fn needed<'a>(argument: &'a str, name: &str, what: &str) -> Result<&'a str> {
    if argument.is_empty() {
        return Err(Error::argument(format!(":{name} wants {what}, got nothing")).help(format!(":{name} {what}")));
    }
    Ok(argument)
}

fn help(desk: &mut Desk, topic: &str) -> Result<Next> {
    if !topic.is_empty() {
        return describe(desk, topic).map(|()| Next::Prompt);
    }
    let usage = |command: &Command| format!(":{} {}", command.name, command.argument);
    let lines = COMMANDS.iter().map(|command| format!("  {:<22} {}", usage(command).trim_end(), command.about));
    let lines: Vec<String> = lines.collect();
    desk.console.say(&format!(
        "{}\n\n  {:<22} {}\n  {:<22} {}\n  {:<22} {}",
        lines.join("\n"),
        "?NAME  NAME?",
        "help on a function, method, type; ? alone lists them all",
        "??NAME",
        "its source, or where it lives",
        "_  __  out(N)",
        "the last value, the one before, that of cell N"
    ));
    Ok(Next::Prompt)
}

/// Shows the help on a name of the language.
///
/// # Errors
/// An unknown name.
pub fn describe(desk: &mut Desk, topic: &str) -> Result<()> {
    let found = desk.session().help(topic);
    desk.console.say(&found.ok_or_else(|| unknown_topic(desk, topic))?);
    Ok(())
}

/// Shows the source of a name of the language.
///
/// # Errors
/// An unknown name.
pub fn show_source(desk: &mut Desk, topic: &str) -> Result<()> {
    let found = desk.session().source(topic);
    let text = found.ok_or_else(|| unknown_topic(desk, topic))?;
    desk.console.say(&super::highlight::highlight(&text, desk.console.palette()));
    Ok(())
}

fn unknown_topic(desk: &Desk, topic: &str) -> Error {
    let session = desk.session();
    let names = session.reference().documented().map(|entry| entry.name.clone());
    let names: Vec<String> = names.chain(session.vars().into_iter().map(|variable| variable.name)).collect();
    let error = Error::argument(format!("no help on `{topic}`"));
    match nearest(topic, names.iter().map(String::as_str)) {
        Some(near) => error.help(format!("did you mean ?{near}")),
        None => error.help(format!(":apropos {topic} searches the whole help, ? lists all names")),
    }
}

fn apropos(desk: &mut Desk, word: &str) -> Result<Next> {
    let found = desk.session().apropos(needed(word, "apropos", "WORD")?);
    desk.console.say(&found);
    Ok(Next::Prompt)
}

fn vars(desk: &mut Desk, _: &str) -> Result<Next> {
    let variables = desk.session().vars();
    if variables.is_empty() {
        desk.console.whisper("  no variables yet");
        return Ok(Next::Prompt);
    }
    let names = variables.iter().map(|variable| variable.name.chars().count()).max().unwrap_or(0);
    let kinds = variables.iter().map(|variable| variable.kind.chars().count()).max().unwrap_or(0);
    for variable in &variables {
        // Values that begin with the name of their type need not say it twice.
        let value = variable.line.strip_prefix(&variable.kind).map_or(variable.line.as_str(), str::trim_start);
        let line = format!("  {:<names$}  {:<kinds$}  {value}", variable.name, variable.kind);
        let cut: String = line.chars().take(desk.width.saturating_sub(1)).collect();
        desk.console.say(cut.trim_end());
    }
    Ok(Next::Prompt)
}

fn drop(desk: &mut Desk, name: &str) -> Result<Next> {
    let name = needed(name, "drop", "NAME")?;
    let known: Vec<String> = desk.session().vars().into_iter().map(|variable| variable.name).collect();
    if !desk.session().drop_variable(name) {
        let error = Error::argument(format!("no variable `{name}`"));
        return Err(match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(":vars lists the variables"),
        });
    }
    Ok(Next::Prompt)
}

fn time(desk: &mut Desk, code: &str) -> Result<Next> {
    desk.run(needed(code, "time", "CODE")?, report::CODE, true);
    Ok(Next::Prompt)
}

/// Runs a benchmark has at most, and the time after which it begins no other.
const RUNS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(10);

fn bench(desk: &mut Desk, code: &str) -> Result<Next> {
    let code = format!("{};", needed(code, "bench", "CODE")?.trim_end_matches(';'));
    let mut times = Vec::new();
    let begun = Instant::now();
    while times.len() < RUNS && (times.is_empty() || begun.elapsed() < PATIENCE) {
        let Some(outcome) = desk.quietly(&code, report::CODE) else { return Ok(Next::Prompt) };
        times.push(Duration::from_secs_f64(outcome.elapsed.max(0.0)));
    }
    times.sort();
    let (least, median) = (timing::spoken(times[0]), timing::spoken(times[times.len() / 2]));
    desk.console.say(&format!("least {least}, median {median} of {} runs", times.len()));
    Ok(Next::Prompt)
}

fn history(desk: &mut Desk, word: &str) -> Result<Next> {
    for cell in desk.cells.iter().filter(|cell| cell.source.contains(word)) {
        let number = format!("{:>4}{} ", cell.number, if cell.fine { ' ' } else { 'x' });
        let source = cell.source.replace('\n', "\n      ");
        let painted = super::highlight::highlight(&source, desk.console.palette());
        desk.console.say(&format!("{number}{painted}"));
    }
    Ok(Next::Prompt)
}

/// The cell a number names; without one, the last.
fn chosen(desk: &Desk, number: &str) -> Result<String> {
    let found = match number.parse::<usize>() {
        _ if number.is_empty() => desk.cells.last(),
        Ok(number) => desk.cells.iter().find(|cell| cell.number == number),
        Err(_) => None,
    };
    let missing = || match number {
        "" => Error::argument("no cell yet"),
        number => Error::argument(format!("no cell `{number}`")).help(":history lists the cells with their numbers"),
    };
    found.map(|cell| cell.source.clone()).ok_or_else(missing)
}

fn replay(desk: &mut Desk, number: &str) -> Result<Next> {
    let source = chosen(desk, number)?;
    desk.console.whisper(&source);
    desk.cell(&source);
    Ok(Next::Prompt)
}

fn edit(desk: &mut Desk, number: &str) -> Result<Next> {
    chosen(desk, number).map(Next::Edit)
}

fn run(desk: &mut Desk, file: &str) -> Result<Next> {
    let file = needed(file, "run", "FILE")?.trim_matches('"');
    let text = export::read_script(Path::new(file))?;
    desk.run(&text, file, false);
    Ok(Next::Prompt)
}

fn save(desk: &mut Desk, file: &str) -> Result<Next> {
    let file = needed(file, "save", "FILE")?.trim_matches('"');
    let fine: Vec<&str> = desk.cells.iter().filter(|cell| cell.fine).map(|cell| cell.source.as_str()).collect();
    if fine.is_empty() {
        return Err(Error::argument("no cell ran to its end yet"));
    }
    export::write_script(Path::new(file), &fine)?;
    desk.console.whisper(&format!("  {} cells in {file}", fine.len()));
    Ok(Next::Prompt)
}

fn plots(desk: &mut Desk, _: &str) -> Result<Next> {
    if desk.plots.is_empty() {
        desk.console.whisper("  no figure went to a file yet");
    }
    for path in &desk.plots {
        desk.console.say(&format!("  {}", path.display()));
    }
    Ok(Next::Prompt)
}

fn set(desk: &mut Desk, argument: &str) -> Result<Next> {
    let (name, value) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
    match (name, value.trim()) {
        ("", _) => {
            let time = if desk.always_time { "always" } else { "slow" };
            desk.console.say(&format!(
                "  plot  {:<8} how figures are shown: {}\n  time  {time:<8} which cells say their time: slow, always",
                desk.mode.word(),
                super::graphics::MODES.join(", ")
            ));
        }
        ("plot", word) => {
            desk.mode = Mode::named(word, desk.console.is_terminal(), |name| std::env::var(name).ok())?;
        }
        ("time", "always") => desk.always_time = true,
        ("time", "slow") => desk.always_time = false,
        ("time", other) => {
            return Err(Error::argument(format!("`time` is slow or always, got `{other}`")).help(":set time always"));
        }
        (other, _) => return Err(Error::argument(format!("unknown setting `{other}`")).help("settings: plot, time")),
    }
    Ok(Next::Prompt)
}

fn cache(desk: &mut Desk, action: &str) -> Result<Next> {
    let store = desk.session().store();
    desk.console.say(&match action {
        "" => kept::summary(&store),
        "clear" => kept::clear(&store)?,
        other => return Err(Error::argument(format!(":cache wants nothing or `clear`, got `{other}`"))),
    });
    Ok(Next::Prompt)
}

fn reset(desk: &mut Desk, _: &str) -> Result<Next> {
    desk.session().reset();
    desk.console.whisper("  all variables and functions are forgotten");
    Ok(Next::Prompt)
}

fn keys(desk: &mut Desk, _: &str) -> Result<Next> {
    desk.console.say(KEYS);
    Ok(Next::Prompt)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_its_beginning_finds_the_command_and_a_typo_the_nearest() {
        assert_eq!(find("vars").unwrap().name, "vars");
        assert_eq!(find("q").unwrap().name, "quit");
        let of = |name: &str| find(name).map(|_| ()).unwrap_err().help_line().unwrap().to_string();
        assert!(of("hsitory").contains(":history"), "{}", of("hsitory"));
        assert!(of("re").contains(":replay or :reset"), "{}", of("re"));
        assert!(of("").contains(":help"));
        assert!(takes_path("run") && takes_path("save") && !takes_path("time"));
    }

    #[test]
    fn names_are_unique_and_every_command_says_what_it_does() {
        for (at, command) in COMMANDS.iter().enumerate() {
            assert!(!command.about.is_empty());
            assert!(COMMANDS[at + 1..].iter().all(|other| other.name != command.name));
        }
    }
}
