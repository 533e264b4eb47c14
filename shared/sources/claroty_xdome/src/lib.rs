//! Claroty xDome as a source: client, paging, limits, source model.
