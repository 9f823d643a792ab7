//! Runs the quality scenarios, writes a plot of each, and the table of `docs/quality.md`. Given: the documents' folder.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use hoptt_sim::quality::marks::{self, Fact};
use hoptt_sim::quality::scenarios::{self, CHANGES_AT, LATER_MS, Q8, s};
use hoptt_sim::quality::{Run, plot};

const BEGIN: &str = "<!-- made by make quality: begin -->";
const END: &str = "<!-- made by make quality: end -->";

fn main() {
    let docs = env::args().nth(1).expect("the folder of the documents");
    let docs = Path::new(&docs);
    let pictures = docs.join("pictures/quality");
    fs::create_dir_all(&pictures).expect("a folder can be made");
    let (mut table, mut plots) = (String::from("| Scenario | Measured | Mark | |\n|---|---|---|---|\n"), String::new());
    for (file, run, facts) in all() {
        for Fact { what, measured, mark, holds, .. } in facts {
            let sign = if holds { "✓" } else { "**missed**" };
            writeln!(table, "| {} | {what}: {measured} | {mark} | {sign} |", run.setting.name)
                .expect("a string takes it");
        }
        fs::write(pictures.join(format!("{file}.svg")), plot(&run)).expect("a plot can be written");
        write!(plots, "\n![{}](pictures/quality/{file}.svg)\n", run.setting.name).expect("a string takes it");
    }
    let page = docs.join("quality.md");
    let text = fs::read_to_string(&page).expect("the page is there");
    let (before, rest) = text.split_once(BEGIN).expect("the page says where the table begins");
    let (_, after) = rest.split_once(END).expect("and where it ends");
    fs::write(page, format!("{before}{BEGIN}\n\n{table}{plots}\n{END}{after}")).expect("the page can be written");
}

/// Each scenario: the name of its plot, the run, and what it shows.
fn all() -> Vec<(String, Run, Vec<Fact>)> {
    let mut all = Vec::new();
    let mut add = |file: &str, run: Run, facts: &dyn Fn(&Run) -> Vec<Fact>| {
        let facts = facts(&run);
        all.push((file.to_owned(), run, facts));
    };
    add("q1-1000", scenarios::q1(1_000_000), &marks::steady);
    add("q1-2500", scenarios::q1(2_500_000), &marks::steady);
    add("q1-10000", scenarios::q1(10_000_000), &marks::steady);
    let falls = LATER_MS.map(|later| (CHANGES_AT + Duration::from_millis(later), scenarios::q2(later)));
    let worst = falls.into_iter().max_by_key(|(at, run)| run.longest_freeze(*at, s(60)));
    let (fell_at, worst) = worst.expect("there are five");
    add("q2", worst, &|run| marks::fall(run, fell_at, s(60)));
    add("q3-1000", scenarios::q3(1_000_000, 0), &|run| marks::rise(run, CHANGES_AT, false));
    add("q3-2500", scenarios::q3(2_500_000, 0), &|run| marks::rise(run, CHANGES_AT, true));
    add("q4", scenarios::q4(), &marks::changes);
    add("q5", scenarios::q5(), &marks::fair);
    add("q6", scenarios::q6(), &marks::beside_a_download);
    add("q7", scenarios::q7(), &|run| marks::lossy(run, CHANGES_AT));
    for (number, line) in (1..).zip(Q8) {
        add(&format!("q8-{number}"), scenarios::q8(line), &marks::very_lossy);
    }
    add("q9", scenarios::q9(), &marks::join);
    add("q11", scenarios::q11(), &marks::floor);
    add("q12", scenarios::q12(), &marks::slow);
    all
}
