//! What each path answers.

use std::io::{BufReader, Write};

use crate::harness::{Reply, Service};

#[test]
fn health_answers_exactly_status_ok() {
    let reply = Service::start(&[]).get("/health");
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"status":"ok"}"#));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
    assert_eq!(reply.header("Cache-Control"), Some("no-store"));
}

#[test]
fn the_root_says_the_message_as_text() {
    let reply = Service::start(&[("MOTE_MESSAGE", "grüß dich")]).get("/");
    assert_eq!((reply.status, reply.body.as_str()), (200, "grüß dich\n"));
    assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(reply.header("Vary"), Some("Accept"));
}

#[test]
fn the_root_says_the_message_as_json_to_those_who_accept_json() {
    let service = Service::start(&[("MOTE_MESSAGE", "say \"hi\"")]);
    let reply = service.exchange("GET / HTTP/1.1\r\nHost: mote\r\nAccept: application/json\r\n\r\n");
    assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"message":"say \"hi\""}"#));
    assert_eq!(reply.header("Content-Type"), Some("application/json"));
}

#[test]
fn a_query_does_not_change_the_route() {
    assert_eq!(Service::start(&[]).get("/health?deep=1").status, 200);
}

#[test]
fn head_answers_like_get_without_the_body() {
    let service = Service::start(&[]);
    for path in ["/", "/health"] {
        let get = service.get(path);
        let head = service.exchange(&format!("HEAD {path} HTTP/1.1\r\nHost: mote\r\nConnection: close\r\n\r\n"));
        assert_eq!(head.status, 200);
        for field in ["Content-Type", "Content-Length"] {
            assert_eq!(head.header(field), get.header(field), "{field} of {path}");
        }
    }
}

#[test]
fn head_is_followed_by_the_next_answer_and_not_by_a_body() {
    let service = Service::start(&[]);
    let mut stream = service.connect();
    stream.write_all(b"HEAD / HTTP/1.1\r\nHost: m\r\n\r\nGET /health HTTP/1.1\r\nHost: m\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    assert_eq!(Reply::read(&mut reader, true).status, 200);
    assert_eq!(Reply::read(&mut reader, false).body, r#"{"status":"ok"}"#);
}

#[test]
fn an_unknown_path_is_404_with_a_problem() {
    let service = Service::start(&[]);
    for path in ["/nothing", "/health/", "//", "/HEALTH"] {
        let reply = service.get(path);
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.header("Content-Type"), Some("application/problem+json"));
        let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!((&problem["status"], &problem["title"]), (&404.into(), &"Not Found".into()));
    }
}

#[test]
fn another_method_is_405_and_says_what_is_allowed() {
    let service = Service::start(&[]);
    for method in ["POST", "PUT", "DELETE", "PATCH", "BREW"] {
        for path in ["/", "/health", "/ready"] {
            let reply = service.exchange(&format!("{method} {path} HTTP/1.1\r\nHost: mote\r\n\r\n"));
            assert_eq!((reply.status, reply.header("Allow")), (405, Some("GET, HEAD, OPTIONS")), "{method} {path}");
            assert_eq!(reply.header("Content-Type"), Some("application/problem+json"));
        }
        assert_eq!(service.exchange(&format!("{method} /x HTTP/1.1\r\nHost: mote\r\n\r\n")).status, 404);
    }
}

#[test]
fn options_says_what_is_allowed_without_a_body() {
    let service = Service::start(&[]);
    let reply = service.exchange("OPTIONS /health HTTP/1.1\r\nHost: mote\r\n\r\n");
    assert_eq!((reply.status, reply.header("Allow")), (204, Some("GET, HEAD, OPTIONS")));
    assert_eq!(reply.header("Content-Length"), None);
}

#[test]
fn what_http_allows_in_a_request_without_content_is_answered() {
    let service = Service::start(&[]);
    let chunked = "GET / HTTP/1.1\r\nHost: m\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(service.exchange(chunked).status, 200);
    let options = service.exchange("OPTIONS * HTTP/1.1\r\nHost: m\r\n\r\n");
    // All that any route takes: a route of your own may add to it.
    assert_eq!(options.status, 204);
    assert!(options.header("Allow").is_some_and(|methods| methods.contains("GET, HEAD")), "{options:?}");
    // Letters that need no escape mean the same with one (RFC 9110, section 4.2.3).
    for path in ["/%68ealth", "/heal%74h?x", "/%68%65%61%6c%74%68"] {
        assert_eq!(service.get(path).body, service.get("/health").body, "{path}");
    }
}
