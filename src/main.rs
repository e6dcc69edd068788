//! The `seqtran` program.

fn main() -> std::process::ExitCode {
    seqtran::cli::program::run(std::env::args_os())
}
