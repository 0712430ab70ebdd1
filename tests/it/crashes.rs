//! The operator is killed just before and just after anything that it changes outside of itself, in AWS or
//! in the cluster, and started again. Whatever it was, all ends as it does without: the same in AWS and in
//! the cluster, the same answers at the URL, nothing twice, nothing left, no edit lost, and not many calls
//! more.
//!
//! All but the short sweep run with `make torture` only.

mod boundary;
mod lost;
mod pairs;
mod scenario;
mod state;
mod sweep;

use scenario::Scenario;
use sweep::sweep;

/// Of the requests to the API server each fifth; all of them with `make torture`.
#[tokio::test]
async fn a_crash_while_a_route_comes_or_goes_loses_no_edit() {
    sweep(Scenario::Route, 5).await;
}

macro_rules! sweeps {
    ($($name:ident: $scenario:ident;)*) => {$(
        #[tokio::test]
        #[ignore = "takes minutes: make torture"]
        async fn $name() {
            sweep(Scenario::$scenario, 1).await;
        }
    )*};
}

sweeps! {
    a_crash_anywhere_while_class_and_service_come_and_go: Everything;
    a_crash_anywhere_while_a_service_comes_and_goes: Service;
    a_crash_anywhere_while_a_route_comes_and_goes: Route;
    a_crash_anywhere_while_a_path_changes: Path;
    a_crash_anywhere_while_an_image_changes: Image;
    a_crash_anywhere_while_the_pods_become_more_and_fewer: Scale;
    a_crash_anywhere_while_the_pods_port_changes: PodPort;
    a_crash_anywhere_while_the_listener_moves: Listener;
    a_crash_anywhere_while_the_vpc_link_is_replaced: VpcLink;
}

#[tokio::test]
#[ignore = "takes minutes: make torture"]
async fn two_crashes_in_a_row_at_random_are_as_good_as_none() {
    pairs::pairs().await;
}
