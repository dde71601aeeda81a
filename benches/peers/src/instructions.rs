//! Instructions of a job and of its floor, counted by callgrind: they hardly depend on the machine. Callgrind has no
//! SHA extensions, so the hashing is sha2's portable code; what a job takes beyond its floor is what is looked at.

use std::env;
use std::error::Error;
use std::process::Command;

use crate::options::Options;
use crate::race::FLOOR;
use crate::races;
use crate::report::Report;

/// Times that a job is done.
const COUNT: u64 = 100;

pub(crate) fn run(options: &Options, report: Report) -> Result<(), Box<dyn Error>> {
    let mut jobs: Vec<(String, Vec<&str>)> = Vec::new();
    races::all(options, &mut |race| jobs.push((race.name.clone(), race.contenders().collect())));
    report.header(&["job", "by", "instructions", "beyond floor"]);
    // A body of 1 MiB is hashing and nothing else.
    for (job, contenders) in jobs.into_iter().filter(|(job, _)| !job.ends_with("1m")) {
        let mut floor = None;
        for contender in contenders {
            let count = count(&job, contender)?;
            if contender == FLOOR {
                floor = Some(count);
            }
            let beyond = floor
                .map_or(String::new(), |floor| (i128::from(count) - i128::from(floor)).to_string());
            report.line(&[job.clone(), contender.into(), count.to_string(), beyond]);
        }
    }
    Ok(())
}

/// The instructions of doing a job once.
fn count(job: &str, contender: &str) -> Result<u64, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*timed*"])
        .arg(env::current_exe()?)
        .args(["iterate", job, contender, &COUNT.to_string()])
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let collected = text.lines().find_map(|line| line.split_once("Collected : "));
    let collected = collected.ok_or_else(|| format!("valgrind says nothing of it: {text}"))?;
    Ok(collected.1.trim().parse::<u64>()? / COUNT)
}
