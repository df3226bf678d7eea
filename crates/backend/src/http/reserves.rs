//! Reserve numbers: what they do now, and their bans.

use super::App;
use super::access::Principal;
use super::bindings::actor;
use super::error::ApiError;
use crate::contract::{FieldError, Problem, ReserveJson};
use acd::{Input, ReserveId};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

async fn all(app: &App) -> Result<Vec<acd::ReserveView>, ApiError> {
    let read = app.centre.read(|reader| reader.center.reserves());
    Ok(read.await?)
}

/// `GET /api/v1/reserves`
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let reserves = all(&app).await?;
    let reserves: Vec<_> = reserves.into_iter().map(ReserveJson::of).collect();
    Ok(Json(json!({ "reserves": reserves })))
}

/// `DELETE /api/v1/reserves/{reserve}/ban`. Fine when there is none.
pub(crate) async fn lift_ban(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(reserve): Path<String>,
) -> Result<Json<ReserveJson>, ApiError> {
    let reserve = ReserveId::from(reserve.as_str());
    let unknown = || FieldError::new("reserve", "name of a reserve number").of(Problem::Unknown);
    let known = |views: Vec<acd::ReserveView>| views.into_iter().find(|v| v.reserve == reserve);
    let before = known(all(&app).await?).ok_or_else(unknown)?;
    if before.ban.is_some() {
        let (reserve, by) = (reserve.clone(), actor(&principal));
        app.centre
            .change(Input::LiftReserveBan { reserve, by })
            .await?;
    }
    let after = known(all(&app).await?).ok_or_else(unknown)?;
    Ok(Json(ReserveJson::of(after)))
}
