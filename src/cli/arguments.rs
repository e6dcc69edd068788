//! What may stand on the command line.

use crate::shell::graphics::MODES;
use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Plan sequential transfer learning for medical image segmentation, and train along the plan.
///
/// Without a command it opens the shell.
#[derive(Debug, Parser)]
#[command(
    name = "seqtran",
    version,
    disable_help_subcommand = true,
    after_help = "SEQTRAN_LEVEL, one of portable, avx2 and avx512, lowers the vector instructions in use, to what the machine has at most. No result depends on it."
)]
pub struct Arguments {
    /// What to do; none opens the shell.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to do it.
    #[command(flatten)]
    pub settings: Settings,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a script and print its last value
    Run {
        /// The script
        file: PathBuf,
        /// What the script sees as `args`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Evaluate code and print its value
    Eval {
        /// The code, such as 'wasserstein([1, 2], [2, 4])'
        code: String,
    },
    /// Read a script without running it and report what is wrong
    Check {
        /// The script
        file: PathBuf,
    },
    /// Open a folder of images and labels, and say what is in it and what is wrong with it
    ///
    /// Every header, label and image is read. The exit code is 1 if a file cannot be read or does not fit its label.
    Data(Data),
    /// Say where results are kept between runs and how much there is, or remove them
    ///
    /// SEQTRAN_CACHE names another folder, or is `off`; SEQTRAN_CACHE_SIZE, such as 10GB, is the most it may take.
    Cache {
        /// What to do with it; nothing says how large it is
        #[command(subcommand)]
        action: Option<CacheAction>,
    },
    /// Print the reference of the language
    Doc,
}

/// What can be done with the cache.
#[derive(Debug, Subcommand)]
pub enum CacheAction {
    /// Remove all results; other files in the folder stay
    Clear,
}

/// Which data, and what is known of them; the options of `open_tasks`.
#[derive(Debug, Args)]
pub struct Data {
    /// A folder in a known layout, or a manifest (a .csv file)
    pub path: PathBuf,
    /// How the data are laid out [default: detected]
    #[arg(long, value_name = "NAME")]
    pub layout: Option<String>,
    /// Label values of an objective, such as core=1,4; may be repeated
    #[arg(long = "objective", value_name = "NAME=VALUES", value_parser = objective)]
    pub objectives: Vec<(String, Vec<u16>)>,
    /// Label values that scores leave out
    #[arg(long, value_name = "VALUES", value_delimiter = ',')]
    pub ignore: Option<Vec<u16>>,
    /// A case or subject to leave out; may be repeated
    #[arg(long, value_name = "NAME")]
    pub exclude: Vec<String>,
    /// A text file of such names, one a line
    #[arg(long, value_name = "FILE")]
    pub exclude_file: Option<PathBuf>,
    /// The name of the one institution of a folder
    #[arg(long, value_name = "NAME")]
    pub institution: Option<String>,
    /// Which variant of a layout: BraTS: year; FeTS: number of the partitioning; BIDS: pipeline
    #[arg(long, value_name = "NAME")]
    pub release: Option<String>,
    /// Look at names only: read no image
    #[arg(long)]
    pub quick: bool,
}

/// `core=1,4`.
fn objective(text: &str) -> Result<(String, Vec<u16>), String> {
    let wanted = || format!("wanted a name and label values such as core=1,4, got `{text}`");
    let (name, values) = text.split_once('=').ok_or_else(wanted)?;
    let values: Result<Vec<u16>, _> = values.split(',').map(|value| value.trim().parse()).collect();
    values.map(|values| (name.trim().to_string(), values)).map_err(|_| wanted())
}

/// Settings of every command.
#[derive(Debug, Args)]
pub struct Settings {
    /// How to show figures
    #[arg(long, global = true, value_name = "HOW", default_value = "auto", value_parser = PossibleValuesParser::new(MODES))]
    pub plot: String,
    /// Threads to work with [default: one for each core]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// The seed until the script says `seed(n)`
    #[arg(long, global = true, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seed: u64,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn all_after_the_script_belongs_to_the_script() {
        let parsed = Arguments::try_parse_from(["seqtran", "run", "x.rhai", "A", "--plot", "-1"]).unwrap();
        let Some(Command::Run { file, args }) = parsed.command else { panic!("{:?}", parsed.command) };
        assert_eq!(file, PathBuf::from("x.rhai"));
        assert_eq!(args, ["A", "--plot", "-1"]);
        assert_eq!(parsed.settings.plot, "auto");
    }

    #[test]
    fn settings_stand_before_or_after_the_command() {
        for line in [["seqtran", "--seed", "7", "eval", "1"], ["seqtran", "eval", "1", "--seed", "7"]] {
            assert_eq!(Arguments::try_parse_from(line).unwrap().settings.seed, 7);
        }
        assert!(Arguments::try_parse_from(["seqtran", "--threads", "0"]).is_err());
        assert!(Arguments::try_parse_from(["seqtran", "--plot", "kity"]).is_err());
    }
}
