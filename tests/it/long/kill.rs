//! Each writer is killed, at random moments and at each system call that writes: no file is torn, and the next run completes it
//! and leaves nothing behind. After SIGINT, SIGTERM and SIGHUP nothing is left even before that.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use rustix::process::{Pid, Signal, kill_process};

use crate::long::calls::calls_of;
use crate::long::writers::{Writer, wait};
use crate::long::{Tally, rounds, sample, spread};

const KILLS: (usize, usize) = (8, 1000);
const INTERRUPTS: (usize, usize) = (6, 300);
const AT_CALLS: usize = 5;

/// Kills the writer at moments that are spread over the usual time of a run.
fn at_random_moments(writer: &Writer) {
    let mut tally = Tally::new(format!("SIGKILL: {}", writer.name));
    let usual = writer.usual_time();
    for round in 0..rounds(KILLS.0, KILLS.1) {
        writer.reset();
        let moment = usual.mul_f64(spread(round) * 1.1);
        let mut child = writer.run().started();
        std::thread::sleep(moment);
        let _ = child.kill();
        wait(&mut child);
        let result = writer.nothing_is_torn();
        let result = result.and_then(|()| writer.the_next_run_completes_it());
        tally.round(result.map_err(|error| format!("killed after {moment:?}: {error}")));
    }
    tally.end();
}

fn interrupted(status: ExitStatus, signal: Signal) -> bool {
    status.success() || status.code() == Some(130) || status.signal() == Some(signal.as_raw())
}

/// Interrupts the writer at moments that are spread over the usual time of a run.
fn interrupted_at_random_moments(writer: &Writer) {
    let mut tally = Tally::new(format!("SIGINT, SIGTERM, SIGHUP: {}", writer.name));
    let usual = writer.usual_time();
    for round in 0..rounds(INTERRUPTS.0, INTERRUPTS.1) {
        let signal = [Signal::INT, Signal::TERM, Signal::HUP][round % 3];
        writer.reset();
        let moment = usual.mul_f64(spread(round) * 1.1);
        let mut child = writer.run().started();
        std::thread::sleep(moment);
        let _ = kill_process(Pid::from_child(&child), signal);
        let status = wait(&mut child);
        let result = match interrupted(status, signal) {
            true => Ok(()),
            false => Err(format!("it ended with {status}")),
        };
        let result = result.and_then(|()| writer.nothing_is_torn());
        let result = result.and_then(|()| writer.no_lock_or_temporary_is_left());
        let result = result.and_then(|()| writer.the_next_run_completes_it());
        tally.round(result.map_err(|error| format!("{signal:?} after {moment:?}: {error}")));
    }
    tally.end();
}

/// Sends the signal as the writer enters each system call that writes.
fn at_each_call(writer: &Writer, signal: &str) {
    let mut tally = Tally::new(format!("SIG{signal} at each writing call: {}", writer.name));
    for call in sample(calls_of(writer), AT_CALLS) {
        writer.reset();
        let inject = format!("inject={}:signal={signal}:when={}", call.name, call.number);
        let trace = format!("trace={}", call.name);
        let mut child = writer.traced(&["-e", &trace, "-e", &inject]).started();
        wait(&mut child);
        let _ = std::fs::remove_file(writer.trace_file());
        let mut result = writer.nothing_is_torn();
        if signal != "KILL" {
            result = result.and_then(|()| writer.no_lock_or_temporary_is_left());
        }
        let result = result.and_then(|()| writer.the_next_run_completes_it());
        tally.round(result.map_err(|error| format!("{signal} at {}: {error}", call.shown)));
    }
    tally.end();
}

fn interrupts(writer: &Writer) {
    interrupted_at_random_moments(writer);
    for signal in ["INT", "TERM", "HUP"] {
        if signal == "INT" || crate::long::is_long() {
            at_each_call(writer, signal);
        }
    }
}

#[test]
fn a_killed_install() {
    at_random_moments(&Writer::install());
}

#[test]
fn a_killed_install_at_each_call() {
    at_each_call(&Writer::install(), "KILL");
}

#[test]
fn a_killed_update_kubeconfig() {
    at_random_moments(&Writer::update_kubeconfig());
}

#[test]
fn a_killed_update_kubeconfig_at_each_call() {
    at_each_call(&Writer::update_kubeconfig(), "KILL");
}

#[test]
fn a_killed_login() {
    at_random_moments(&Writer::login());
}

#[test]
fn a_killed_login_at_each_call() {
    at_each_call(&Writer::login(), "KILL");
}

#[test]
fn a_killed_renewal() {
    at_random_moments(&Writer::renewal());
}

#[test]
fn a_killed_renewal_at_each_call() {
    at_each_call(&Writer::renewal(), "KILL");
}

#[test]
fn a_killed_logout() {
    at_random_moments(&Writer::logout());
}

#[test]
fn a_killed_logout_at_each_call() {
    at_each_call(&Writer::logout(), "KILL");
}

#[test]
fn a_killed_uninstall() {
    at_random_moments(&Writer::uninstall());
}

#[test]
fn a_killed_uninstall_at_each_call() {
    at_each_call(&Writer::uninstall(), "KILL");
}

#[test]
fn an_interrupted_install() {
    interrupts(&Writer::install());
}

#[test]
fn an_interrupted_update_kubeconfig() {
    interrupts(&Writer::update_kubeconfig());
}

#[test]
fn an_interrupted_login() {
    interrupts(&Writer::login());
}

#[test]
fn an_interrupted_renewal() {
    interrupts(&Writer::renewal());
}

#[test]
fn an_interrupted_uninstall() {
    interrupts(&Writer::uninstall());
}
