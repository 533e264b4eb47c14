//! The suite for sources.

mod ask;
mod driver;
mod stage;
mod walk;

pub mod absence;
pub mod drift;
pub mod faults;
pub mod limits;
pub mod parts;
pub mod reading;
pub mod sessions;
pub mod values;

pub use driver::{SourceDriver, StreamShape, Way};

/// Makes one test for each rule, for a [`SourceDriver`].
#[macro_export]
macro_rules! source_suite {
    ($driver:ty) => {
        $crate::rules_as_tests! { $driver, source:
            reading:
                the_way_of_reading_is_as_declared
                every_row_comes_once
                each_page_overlaps_the_one_before
                chains_end_and_their_cursors_never_repeat
                an_expired_cursor_is_reported
                counts_are_those_of_the_vendor
                the_same_page_twice_is_the_same
                a_kept_page_is_replayed
                rows_are_explained
                a_page_past_the_end_is_empty
                an_empty_vendor_is_empty;
            absence:
                single_records_are_as_declared
                a_removed_record_is_absent_and_trusted
                a_present_record_comes_back
                a_record_outside_the_filters_comes_back
                an_answer_without_a_control_is_untrusted
                an_answer_with_foreign_rows_is_untrusted
                without_controls_nothing_is_trusted;
            faults:
                refusals_are_failures
                outages_are_failures
                broken_connections_are_failures
                other_bodies_are_failures
                other_lists_are_failures
                a_null_list_proves_nothing
                too_many_calls_are_failures
                silence_times_out
                faults_of_the_sign_in_are_failures;
            parts:
                a_sound_page_is_the_same_in_parts
                a_row_that_breaks_answers_stands_alone;
            limits:
                requests_keep_their_rate
                requests_at_once_are_bounded
                a_short_pause_is_kept
                a_long_pause_goes_back_to_the_caller;
            sessions:
                the_secret_stands_in_its_place_only
                a_quoted_secret_is_not_repeated
                a_rotated_secret_is_read_again
                an_expired_token_is_renewed;
            values:
                odd_values_cost_at_most_their_row
                odd_rows_are_rejected_one_by_one
                unknown_fields_change_nothing
                empty_rows_are_counted;
            drift:
                a_removed_row_shows_in_the_seams
                an_added_row_loses_none;
        }
    };
}
