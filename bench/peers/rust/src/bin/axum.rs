//! axum as its own first example has it.

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::{Router, routing::get, routing::post};

#[tokio::main]
async fn main() {
    let health = || async { ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#) };
    let echo = |body: Bytes| async { body };
    let large = || async { "x".repeat(16384) };
    let app = Router::new().route("/health", get(health)).route("/echo", post(echo)).route("/large", get(large));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:18085").await.expect("the port is free");
    axum::serve(listener, app).await.expect("the listener goes on");
}
