//! The route table of mote: the only place that knows its paths.

use crate::app::App;
use crate::handlers;
use crate::router::Route;

/// `api/openapi.yaml` says the same to clients; `api/test.sh` compares the two.
pub const ROUTES: &[Route<App>] = &[
    Route::get("/", handlers::message),
    Route::get("/health", handlers::health).probe(),
    Route::get("/ready", handlers::ready).probe(),
    Route::get("/metrics", handlers::metrics).admin(),
];
