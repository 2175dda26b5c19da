//! axum as its own first example has it.

use axum::{Router, http::header::CONTENT_TYPE, routing::get};

#[tokio::main]
async fn main() {
    let health = || async { ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok"}"#) };
    let app = Router::new().route("/health", get(health));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:18085").await.expect("the port is free");
    axum::serve(listener, app).await.expect("the listener goes on");
}
