//! `/status`, in the form of Neptune's
//! (<https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-status.html>).

use axum::Extension;
use axum::response::Response;
use countersign::protocol::Timestamp;
use serde_json::json;
use time::OffsetDateTime;

use super::rejection::json_response;

/// When the server started.
#[derive(Clone, Copy)]
pub(crate) struct Started(pub(crate) Timestamp);

pub(crate) async fn status(Extension(Started(started)): Extension<Started>) -> Response {
    json_response(&json!({
        "status": "healthy",
        "startTime": start_time(started),
        "dbEngineVersion": "countersign-testkit",
        "role": "writer",
        "gremlin": {"version": "constants"},
        "sparql": {"version": "sparql-1.1"},
        "labMode": {},
        "features": {"IAMAuthentication": "enabled"},
        "settings": {},
    }))
}

/// Writes a time as Java does: `Thu Aug 24 21:47:12 UTC 2017`.
fn start_time(started: Timestamp) -> String {
    let it = OffsetDateTime::from(started);
    let (weekday, month) = (it.weekday().to_string(), it.month().to_string());
    let (hour, minute, second) = it.to_hms();
    let (day, year) = (it.day(), it.year());
    format!("{weekday:.3} {month:.3} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}")
}

#[cfg(test)]
mod tests {
    use super::start_time;

    #[test]
    fn start_time_has_the_form_of_neptunes() {
        let started = "20170803T214702Z".parse().unwrap();
        assert_eq!(start_time(started), "Thu Aug 03 21:47:02 UTC 2017");
    }
}
