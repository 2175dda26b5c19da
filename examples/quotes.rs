//! A whole small service of one's own: quotes are stored by `POST /quotes`, and read by `GET /quotes/{id}` and
//! `GET /quotes?author=`. It has everything that mote has, a bounded store and a metric; `tests/quotes` asks it over real
//! sockets.

use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

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

/// Bytes of a quote as JSON: each character of the longest one may take six.
const MAX_BODY_BYTES: usize = 8 * 1024;

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
struct Store(Mutex<Vec<Quote>>);

impl Store {
    fn quotes(&self) -> MutexGuard<'_, Vec<Quote>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn main() -> ExitCode {
    // Handlers that wait, for a database say, need workers: Config { workers: 8, ..Config::default() }.
    command::run(Config::default(), |config| {
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
    STORED.add(1);
    Ok(response)
}

fn read(app: &App<Store>, request: &Request<'_>) -> Result<Response, Problem> {
    let missing = || Problem::new(404, "there is no quote with this id");
    let id: usize = request.param("id").parse().map_err(|_| missing())?;
    app.state().quotes().get(id).map(|quote| json(200, &as_json(id, quote))).ok_or_else(missing)
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
