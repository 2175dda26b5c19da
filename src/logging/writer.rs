//! The thread that writes log lines, and the bounded queue before it.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
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

enum Message {
    Line(Line),
    /// Answered once everything before it is written.
    Flush(SyncSender<()>),
}

static QUEUE: OnceLock<SyncSender<Message>> = OnceLock::new();
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Lines that were lost because stdout was slow or closed.
#[must_use]
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Waits until what was logged before is written, but not for ever.
pub fn flush() {
    let (sender, done) = sync_channel(1);
    let Some(queue) = QUEUE.get() else { return };
    if queue.try_send(Message::Flush(sender)).is_ok() {
        // A stdout that is not read is not waited for.
        let _ = done.recv_timeout(FLUSH_TIME);
    }
}

/// Queues a line that is JSON already.
pub fn write(line: String) {
    send(Line::Json(line));
}

/// Queues a line, or drops it.
pub(super) fn send(line: Line) {
    let Some(queue) = QUEUE.get() else { return };
    if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(Message::Line(line)) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Starts the writer; a second start changes nothing.
pub(super) fn start() -> io::Result<()> {
    let (sender, receiver) = sync_channel(MAX_WAITING);
    if QUEUE.set(sender).is_ok() {
        thread::Builder::new().name("log".into()).spawn(move || Writer::default().run(&receiver))?;
    }
    Ok(())
}

#[derive(Default)]
struct Writer {
    batch: String,
    lines: u64,
    waiting: Vec<SyncSender<()>>,
    text: SimpleLogger,
    text_is_broken: bool,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Message>) {
        while let Ok(first) = receiver.recv() {
            self.take(first);
            // The thread that waits for a flush is about to end the process.
            if self.waiting.is_empty() {
                thread::sleep(COLLECT);
            }
            receiver.try_iter().take(MAX_WAITING).for_each(|message| self.take(message));
            self.write();
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Line(Line::Json(line)) => {
                self.batch.push_str(&line);
                self.lines += 1;
            }
            Message::Line(Line::Text { level, target, body }) => self.write_text(level, &target, &body),
            Message::Flush(sender) => self.waiting.push(sender),
        }
    }

    fn write(&mut self) {
        if self.batch.is_empty() {
            return self.answer();
        }
        let written = io::stdout().write_all(self.batch.as_bytes()).and_then(|()| io::stdout().flush());
        if written.is_err() {
            DROPPED.fetch_add(self.lines, Ordering::Relaxed);
        }
        self.batch.clear();
        self.lines = 0;
        self.answer();
    }

    fn answer(&mut self) {
        // The thread that waited too long has gone.
        for sender in self.waiting.drain(..) {
            let _ = sender.try_send(());
        }
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
