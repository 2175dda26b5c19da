//! The thread that writes log lines, and the bounded queue before it.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use log::{Level, Log, Record};
use simple_logger::SimpleLogger;

/// Lines that may wait. A reader that is slower for longer loses lines, and the loss is counted.
const MAX_WAITING: usize = 1024;

/// Lines are collected for so long, so that a busy service wakes the writer only fifty times a second.
const COLLECT: Duration = Duration::from_millis(20);

/// Longest time that a process waits for its last lines.
const FLUSH_TIME: Duration = Duration::from_millis(500);

/// One line, in one of the two formats.
pub(super) enum Line {
    /// A whole line.
    Json(String),
    /// What simple_logger makes a line of.
    Text { level: Level, target: String, body: String },
}

/// Lines on their way to the writer.
struct Queue {
    waiting: Mutex<Waiting>,
    /// There is a first line, or a caller of `flush` waits for the last.
    filled: Condvar,
    /// All that was taken is written.
    written: Condvar,
}

struct Waiting {
    lines: Vec<Line>,
    /// The writer has lines that are not written yet.
    writing: bool,
    /// A thread that is about to end the process waits for the lines before its own end.
    flushing: bool,
}

static QUEUE: Queue = Queue {
    waiting: Mutex::new(Waiting { lines: Vec::new(), writing: false, flushing: false }),
    filled: Condvar::new(),
    written: Condvar::new(),
};
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Lines that were lost because stdout was slow or closed.
#[must_use]
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Waits until what was logged before is written, but not for ever.
pub fn flush() {
    let mut waiting = QUEUE.lock();
    waiting.flushing = true;
    QUEUE.filled.notify_one();
    // A stdout that is not read is not waited for.
    let pending = |waiting: &mut Waiting| waiting.writing || !waiting.lines.is_empty();
    let _ = QUEUE.written.wait_timeout_while(waiting, FLUSH_TIME, pending);
}

/// Queues a line that is JSON already.
pub fn write(line: String) {
    send(Line::Json(line));
}

/// Queues a line, or drops it.
pub(super) fn send(line: Line) {
    let mut waiting = QUEUE.lock();
    if waiting.lines.len() == MAX_WAITING {
        DROPPED.fetch_add(1, Ordering::Relaxed);
        return;
    }
    waiting.lines.push(line);
    if waiting.lines.len() == 1 {
        QUEUE.filled.notify_one();
    }
}

/// Starts the writer.
pub(super) fn start() -> io::Result<()> {
    thread::Builder::new().name("log".into()).spawn(|| Writer::default().run()).map(drop)
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines, then for more of them, and swaps all for the empty ones that are given.
    fn take(&self, lines: &mut Vec<Line>) {
        let empty = |waiting: &mut Waiting| waiting.lines.is_empty();
        let waiting = self.filled.wait_while(self.lock(), empty).unwrap_or_else(PoisonError::into_inner);
        let more = |waiting: &mut Waiting| !waiting.flushing;
        let result = self.filled.wait_timeout_while(waiting, COLLECT, more);
        let (mut waiting, _) = result.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut waiting.lines, lines);
        waiting.writing = true;
    }

    fn done(&self) {
        let mut waiting = self.lock();
        (waiting.writing, waiting.flushing) = (false, false);
        self.written.notify_all();
    }
}

#[derive(Default)]
struct Writer {
    batch: String,
    lines: u64,
    text: SimpleLogger,
    text_is_broken: bool,
}

impl Writer {
    fn run(mut self) {
        let mut lines = Vec::new();
        loop {
            QUEUE.take(&mut lines);
            lines.drain(..).for_each(|line| self.add(line));
            self.write();
            QUEUE.done();
        }
    }

    fn add(&mut self, line: Line) {
        match line {
            Line::Json(line) => {
                self.batch.push_str(&line);
                self.lines += 1;
            }
            Line::Text { level, target, body } => self.write_text(level, &target, &body),
        }
    }

    fn write(&mut self) {
        let written = io::stdout().write_all(self.batch.as_bytes()).and_then(|()| io::stdout().flush());
        if written.is_err() {
            DROPPED.fetch_add(self.lines, Ordering::Relaxed);
        }
        self.batch.clear();
        self.lines = 0;
    }

    /// simple_logger prints by a macro that panics when stdout is closed; one such panic is enough.
    fn write_text(&mut self, level: Level, target: &str, body: &str) {
        let print = || {
            let text = &self.text;
            text.log(&Record::builder().level(level).target(target).args(format_args!("{body}")).build());
        };
        if self.text_is_broken || catch_unwind(AssertUnwindSafe(print)).is_err() {
            self.text_is_broken = true;
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
}
