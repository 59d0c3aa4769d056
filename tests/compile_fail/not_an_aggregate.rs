use evgen_runtime::prelude::*;

struct Cart;

fn carts(app: &App) {
    let _ = app.repository::<Cart>();
}

fn main() {}
