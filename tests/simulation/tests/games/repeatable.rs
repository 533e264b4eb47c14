//! A seed is a game: played twice it gives the same trace, line by line.

use causeway_simulation::{Setup, play};

/// Small and large worlds, calm and rough ones, one version and two at work.
const SEEDS: [u64; 8] = [0, 1, 2, 3, 14, 41, 1_059, 3_000_000_007];

#[test]
fn a_seed_played_twice_gives_the_same_trace() {
    for seed in SEEDS {
        let setup = Setup::of(seed);
        let (first, second) = (play(&setup, true), play(&setup, true));
        assert!(first.trace.len() > 90, "seed {seed} plays {} lines only", first.trace.len());
        for (number, (one, other)) in first.trace.iter().zip(&second.trace).enumerate() {
            assert_eq!(one, other, "seed {seed} parts in line {number}");
        }
        assert_eq!(first.trace.len(), second.trace.len(), "seed {seed}");
        assert_eq!(first, second, "seed {seed}");
    }
}

#[test]
fn a_trace_is_not_needed_to_play_the_same_game() {
    let setup = Setup::of(5);
    let (told, silent) = (play(&setup, true), play(&setup, false));
    assert_eq!((told.tally, told.violation), (silent.tally, silent.violation));
}

#[test]
fn seeds_differ() {
    let hash = |seed| play(&Setup::of(seed), true).hash;
    assert_ne!(hash(1), hash(2));
}

#[test]
fn the_first_seeds_keep_every_invariant() {
    for seed in 0..8 {
        let report = play(&Setup::of(seed), false);
        assert_eq!(report.violation, None, "seed {seed}");
        assert!(report.tally.runs() > 3, "seed {seed} ends {} runs only", report.tally.runs());
    }
}
