//! A whole small service of one's own: quotes are stored by `POST /quotes`, and read by `GET /quotes/{id}` and
//! `GET /quotes?author=`; `GET /quotes/{id}?wait=` waits for one that is still to come. It has everything that mote has, a
//! bounded store and a metric. `api/quotes.openapi.yaml` describes it, and `tests/quotes` asks it over real sockets.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mote::app::App;
use mote::config::Config;
use mote::content::JSON;
use mote::metrics::{Metric, Metrics};
use mote::problem::Problem;
use mote::request::Request;
use mote::response::{Response, header, json};
use mote::router::Route;
use mote::service::Service;
use mote::{command, handlers};
use serde_json::{Value, json};

/// Quotes that are kept: some 10 MB at most, by the lengths that a quote may have.
const MAX_QUOTES: usize = 2000;

/// Bytes of a quote as JSON: each character of the longest one may take twelve, as two escapes of UTF-16.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// Threads that run handlers, since one of them waits.
const WORKERS: usize = 8;

/// The longest that a request may wait for a quote.
const MAX_WAIT: Duration = Duration::from_secs(2);

static STORED: Metric = Metric::counter("quotes_stored_total", "Quotes that were stored.");

const METRICS: &[&Metric] = &[&STORED];

const ROUTES: &[Route<App<Store>>] = &[
    Route::post("/quotes", create).accepts(JSON, MAX_BODY_BYTES),
    Route::get("/quotes", list),
    Route::get("/quotes/{id}", read),
    Route::get("/health", handlers::health).probe(),
    Route::get("/ready", handlers::ready).probe(),
    Route::get("/metrics", handlers::metrics).admin(),
];

struct Quote {
    author: String,
    text: String,
}

/// What the handlers share. The id of a quote is its place.
#[derive(Default)]
struct Store {
    quotes: Mutex<Vec<Quote>>,
    stored: Condvar,
    /// Handlers that wait now.
    waiting: AtomicUsize,
}

impl Store {
    fn quotes(&self) -> MutexGuard<'_, Vec<Quote>> {
        self.quotes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The quotes, once there is one with this id or the time is over; nothing when as many wait as may.
    fn wait(&self, id: usize, time: Duration, most: usize) -> Option<MutexGuard<'_, Vec<Quote>>> {
        let may_wait = |waiting| (waiting < most).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, may_wait).ok()?;
        let is_missing = |quotes: &mut Vec<Quote>| quotes.len() <= id;
        let waited = self.stored.wait_timeout_while(self.quotes(), time, is_missing);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

fn main() -> ExitCode {
    command::run(Config { workers: WORKERS, ..Config::default() }, |config| {
        Service::new(App::new(config, Metrics::new(METRICS), Store::default()), ROUTES)
    })
}

/// 201 with the place of the quote; 409 for one that exists, 429 when the store is full.
fn create(app: &App<Store>, request: &Request<'_>) -> Result<Response, Problem> {
    let mut body = request.json()?;
    let quote = Quote { author: body.text("author", 1..=100), text: body.text("text", 1..=1000) };
    body.finish()?;
    let mut quotes = app.state().quotes();
    if quotes.iter().any(|other| (&other.author, &other.text) == (&quote.author, &quote.text)) {
        return Err(Problem::new(409, "the quote is stored already"));
    }
    if quotes.len() == MAX_QUOTES {
        return Err(Problem::new(429, "the store is full").with_header("Retry-After", "3600"));
    }
    let id = quotes.len();
    let response = json(201, &as_json(id, &quote)).with_header(header("Location", &format!("/quotes/{id}")));
    quotes.push(quote);
    app.state().stored.notify_all();
    STORED.add(1);
    Ok(response)
}

/// One quote; with `wait` that of an id to come, for which the handler waits so many milliseconds. One worker is always
/// left for others, such as health checks: 503 for one more that would wait.
fn read(app: &App<Store>, request: &Request<'_>) -> Result<Response, Problem> {
    let missing = || Problem::new(404, "there is no quote with this id");
    let id: usize = request.param("id").parse().map_err(|_| missing())?;
    let store = app.state();
    let quotes = match request.query("wait") {
        None => store.quotes(),
        Some(wait) => store
            .wait(id, wait_time(&wait)?, app.config().workers - 1)
            .ok_or_else(|| Problem::new(503, "too many wait already").with_header("Retry-After", "1"))?,
    };
    quotes.get(id).map(|quote| json(200, &as_json(id, quote))).ok_or_else(missing)
}

fn wait_time(text: &str) -> Result<Duration, Problem> {
    let time = text.parse().ok().map(Duration::from_millis).filter(|time| *time <= MAX_WAIT);
    time.ok_or_else(|| Problem::new(400, "wait has to be a whole number of milliseconds, at most 2000"))
}

/// All quotes, or those of one author.
fn list(app: &App<Store>, request: &Request<'_>) -> Result<Response, Problem> {
    let author = request.query("author");
    if author.as_ref().is_some_and(String::is_empty) {
        return Err(Problem::new(400, "the author must not be empty"));
    }
    let quotes = app.state().quotes();
    let by_author = quotes.iter().enumerate().filter(|(_, quote)| author.as_ref().is_none_or(|a| *a == quote.author));
    // A response has a bound too: the gateway gives 500 instead of one that is longer than a megabyte.
    let found: Vec<Value> = by_author.take(100).map(|(id, quote)| as_json(id, quote)).collect();
    Ok(json(200, &json!({ "quotes": found })))
}

fn as_json(id: usize, quote: &Quote) -> Value {
    json!({ "id": id, "author": quote.author, "text": quote.text })
}
