//! `rtpgen`: all RTP of both sides, from one socket a side.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::program::Program;
use serde_json::Value;

/// Compiles `bench/rtpgen.c` if it is newer than the program.
///
/// # Panics
/// If there is no C compiler.
pub(crate) fn compile() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("rtpgen.c");
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/rtpgen");
    let modified = |p: &Path| p.metadata().and_then(|m| m.modified()).ok();
    if modified(&target) < modified(&source) {
        let status = Command::new("cc")
            .args(["-O2", "-o"])
            .arg(&target)
            .arg(&source)
            .status();
        assert!(
            status.is_ok_and(|s| s.success()),
            "cannot compile rtpgen.c: is gcc installed?"
        );
    }
    target
}

/// A running generator.
#[derive(Debug)]
pub(crate) struct Rtp {
    program: Program,
    windows: usize,
}

impl Rtp {
    /// Starts it between two ports; streams begin when the logs name them.
    pub(crate) fn start(
        rtpgen: &Path,
        dir: &Path,
        ports: (u16, u16),
        callers: &Path,
        agents: &Path,
    ) -> Self {
        let mut command = Command::new(rtpgen);
        command
            .args([ports.0.to_string(), ports.1.to_string(), "3600".into()])
            .arg(dir.join("rtp.log"))
            .args([callers, agents]);
        let program = Program::start("rtpgen", &dir.join("rtpgen.out"), &command);
        Self {
            program,
            windows: 0,
        }
    }

    /// Ends a window of counting and returns its figures; the next one begins.
    pub(crate) async fn window(&mut self) -> Value {
        self.program.signal("USR1");
        self.windows += 1;
        let wanted = self.windows;
        eventually("figures of rtpgen", seconds(5), || async {
            let log = self.program.log();
            let lines: Vec<&str> = log.lines().filter(|l| l.starts_with('{')).collect();
            let line = lines.get(wanted - 1)?;
            serde_json::from_str(line).ok()
        })
        .await
    }
}

/// The length of a measurement, not a wait for something.
pub(crate) async fn measure_for(length_s: u64) {
    tokio::time::sleep(Duration::from_secs(length_s)).await;
}
