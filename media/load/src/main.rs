//! `hoptt-load`: see `--help`.

use std::process::ExitCode;

use hoptt_load::args::{Args, Asked, USAGE, parse};
use hoptt_load::cast;
use hoptt_load::run::run;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The run could not be measured, or the command line is wrong.
const FAILED: u8 = 1;
/// It was measured and may not be believed.
const INVALID: u8 = 3;

fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => print!("{USAGE}"),
        Ok(Asked::Version) => println!("hoptt-load {}", env!("CARGO_PKG_VERSION")),
        Ok(Asked::Run(args)) => return measure(&args),
        Ok(Asked::Cast(args)) => {
            if let Err(why) = cast::run(&args, std::io::stdin().lock(), std::io::stdout().lock()) {
                return fail(&why);
            }
        }
        Err(wrong) => return fail(&wrong),
    }
    ExitCode::SUCCESS
}

fn measure(args: &Args) -> ExitCode {
    let outcome = match run(args) {
        Ok(outcome) => outcome,
        Err(why) => return fail(&why),
    };
    eprint!("\n{outcome}");
    let text = serde_json::to_string(&outcome).expect("plain structs become JSON");
    if let Some(path) = &args.json
        && let Err(error) = std::fs::write(path, text + "\n")
    {
        return fail(&format!("{} cannot be written: {error}", path.display()));
    }
    if outcome.invalid.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(INVALID) }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("hoptt-load: {why}");
    ExitCode::from(FAILED)
}
