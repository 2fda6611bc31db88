//! A peer of tests/bench/rego.py: regorus by its own crate.
//!   peer bench POLICY RULE INPUT   nanoseconds of an evaluation, of the faster of its two engines
//!   peer eval RULE INPUT FILE...   the rule's value, once: a whole process
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};
use std::time::Instant;

const ROUNDS: usize = 10;
const BATCH: usize = 2000;

fn fastest(mut evaluate: impl FnMut() -> Value) -> f64 {
    (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..BATCH {
                std::hint::black_box(evaluate());
            }
            start.elapsed().as_nanos() as f64 / BATCH as f64
        })
        .fold(f64::INFINITY, f64::min)
}

fn bench(policy: &str, rule: &str, input: &str) {
    let text = std::fs::read_to_string(policy).unwrap();
    let input = if input == "-" { Value::new_object() } else { Value::from_json_file(input).unwrap() };
    let mut engine = Engine::new();
    engine.add_policy(policy.to_string(), text).unwrap();
    let entry: Rc<str> = rule.into();
    let compiled = engine.compile_with_entrypoint(&entry).unwrap();
    let mut vm = RegoVM::new();
    vm.load_program(Compiler::compile_from_policy(&compiled, &[rule]).unwrap());
    vm.set_data(Value::new_object()).unwrap();
    let walked = fastest(|| {
        engine.set_input(input.clone());
        engine.eval_rule(rule.to_string()).unwrap()
    });
    let compiled = fastest(|| {
        vm.set_input(input.clone());
        vm.execute().unwrap()
    });
    println!("{:.0}", walked.min(compiled));
}

fn eval(rule: &str, input: &str, files: &[String]) {
    let mut engine = Engine::new();
    engine.set_rego_v0(true);
    for file in files {
        if file.ends_with(".json") {
            engine.add_data(Value::from_json_file(file).unwrap()).unwrap();
        } else {
            engine.add_policy_from_file(file).unwrap();
        }
    }
    engine.set_input(Value::from_json_file(input).unwrap());
    println!("{}", engine.eval_rule(rule.to_string()).unwrap().to_json_str().unwrap());
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args[1].as_str() {
        "bench" => bench(&args[2], &args[3], &args[4]),
        _ => eval(&args[2], &args[3], &args[4..]),
    }
}
