//! Qualys ETM push API as a destination.
