//! The suite for receivers.

mod driver;
mod items;
mod stage;

pub mod answers;
pub mod arrival;
pub mod faults;
pub mod limits;
pub mod sessions;

pub use driver::{Api, Complaints, Kept, KeptAsset, KeptFinding, ReceiverDriver};

/// Makes one test for each rule, for a [`ReceiverDriver`].
#[macro_export]
macro_rules! receiver_suite {
    ($driver:ty) => {
        $crate::rules_as_tests! { $driver, receiver:
            arrival:
                every_item_arrives_and_is_accepted
                the_same_batch_twice_leaves_the_same_state
                two_workers_on_one_batch_leave_the_same_state
                an_empty_batch_is_nothing
                closed_findings_arrive_closed_with_their_date
                an_item_without_findings_arrives
                odd_ids_stay_distinct;
            answers:
                refused_items_do_not_stop_the_others
                items_that_are_refused_for_now_come_again
                a_complaint_is_about_its_own_item
                a_complaint_about_nobody_accepts_nobody;
            faults:
                refusals_accept_nothing
                outages_accept_nothing
                broken_connections_accept_nothing
                other_bodies_accept_nothing
                too_many_calls_accept_nothing
                refused_content_accepts_nothing
                silence_times_out
                a_lost_answer_is_sent_again_to_the_same_state
                faults_of_the_sign_in_accept_nothing;
            limits:
                a_batch_at_its_limits_arrives
                an_item_above_the_limits_travels_alone
                a_request_that_is_too_large_loses_nothing
                one_item_at_fault_is_found
                requests_keep_their_rate
                requests_at_once_are_bounded
                a_short_pause_is_kept
                a_long_pause_goes_back_to_the_caller;
            sessions:
                the_secret_stands_in_its_place_only
                a_quoted_secret_is_not_repeated
                a_rotated_secret_is_read_again
                an_expired_token_is_renewed;
        }
    };
}
