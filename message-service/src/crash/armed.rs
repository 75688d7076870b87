//! Dying at a point, as by `kill -9`.

use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::CrashPoint;

/// The name in the environment that says where to die: `<point>` or `<point>:<n>`, for the n-th
/// time that the process comes there; without it the first.
pub const CRASH_AT_ENV: &str = "NATTER_CRASH_AT";

/// A bus sends in a task of its own. What it was given before the point has this long to leave, so
/// that "after it was published" is what it says.
const LEAVING: Duration = Duration::from_millis(100);

const NAMES: [(&str, CrashPoint); 3] = [
    ("before-write", CrashPoint::BeforeWrite),
    ("after-write", CrashPoint::AfterWrite),
    ("after-publish", CrashPoint::AfterPublish),
];

static ARMED: OnceLock<Armed> = OnceLock::new();

/// What [`CRASH_AT_ENV`] says is no point, or not a time to come there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no crash point; expected {points}, each with `:<n>` for the n-th time", points = named())]
pub struct UnknownCrashPoint(String);

/// Has this process die where [`CRASH_AT_ENV`] says, if it says anything.
///
/// # Errors
/// It says what there is not.
pub fn arm() -> Result<(), UnknownCrashPoint> {
    if let Some(text) = std::env::var_os(CRASH_AT_ENV) {
        let armed = text.to_string_lossy().parse()?;
        ARMED.get_or_init(|| armed);
    }
    Ok(())
}

/// Dies, if this is where and when.
pub(super) async fn reach(point: CrashPoint) {
    if ARMED.get().is_some_and(|armed| armed.is_due(point)) {
        tokio::time::sleep(LEAVING).await;
        // No destructor runs, nothing is flushed.
        std::process::abort();
    }
}

/// Where to die, and when.
#[derive(Debug)]
struct Armed {
    point: CrashPoint,
    /// Which time.
    nth: u64,
    reached: AtomicU64,
}

impl Armed {
    fn is_due(&self, point: CrashPoint) -> bool {
        point == self.point && self.reached.fetch_add(1, Ordering::Relaxed) + 1 == self.nth
    }
}

impl FromStr for Armed {
    type Err = UnknownCrashPoint;

    fn from_str(text: &str) -> Result<Self, UnknownCrashPoint> {
        let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
        let point = NAMES.iter().find(|(known, _)| *known == name).map(|(_, point)| *point);
        let nth = nth.parse().ok().filter(|nth| *nth > 0);
        match (point, nth) {
            (Some(point), Some(nth)) => Ok(Self { point, nth, reached: AtomicU64::new(0) }),
            _ => Err(UnknownCrashPoint(text.to_owned())),
        }
    }
}

fn named() -> String {
    NAMES.map(|(name, _)| format!("`{name}`")).join(", ")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_point_is_due_at_its_time_and_no_other_is() {
        let due = |text: &str| {
            let armed: Armed = text.parse().unwrap();
            [CrashPoint::AfterWrite, CrashPoint::BeforeWrite, CrashPoint::AfterWrite, CrashPoint::AfterWrite]
                .map(|point| armed.is_due(point))
        };
        assert_eq!(due("before-write"), [false, true, false, false]);
        assert_eq!(due("after-write"), [true, false, false, false]);
        assert_eq!(due("after-write:2"), [false, false, true, false]);
        assert_eq!(due("after-publish:1"), [false; 4]);
    }

    #[test]
    fn what_is_no_point_is_refused_with_the_points() {
        for text in ["", "after", "after-write:", "after-write:0", "after-write:x", "after-write:-1", ":1"] {
            let error = text.parse::<Armed>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "`{text}` is no crash point; expected `before-write`, `after-write`, `after-publish`, \
                     each with `:<n>` for the n-th time"
                )
            );
        }
    }

    /// Runs itself again, to die.
    #[test]
    fn the_process_dies_where_it_was_told_to() {
        const THIS: &str = "crash::armed::tests::the_process_dies_where_it_was_told_to";
        if std::env::var_os(CRASH_AT_ENV).is_some() {
            arm().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                CrashPoint::BeforeWrite.reach().await;
                CrashPoint::AfterWrite.reach().await;
                eprintln!("once");
                CrashPoint::AfterWrite.reach().await;
                eprintln!("twice");
            });
            return;
        }
        let mut itself = Command::new(std::env::current_exe().unwrap());
        let ended = itself
            .args(["--exact", THIS, "--nocapture"])
            .env(CRASH_AT_ENV, "after-write:2")
            .output()
            .unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.code().is_none(), "{}: {said}", ended.status);
        assert!(said.contains("once") && !said.contains("twice"), "{said}");
    }
}
