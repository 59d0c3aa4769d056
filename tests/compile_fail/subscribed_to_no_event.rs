use evgen_runtime::prelude::*;

fn subscribe(app: &App) {
    app.subscribe_to::<Vec<AnyEvent>>(|_, _| async { Ok(()) });
    app.subscribe(|_, _| 7, |_, _| async { Ok(()) });
    app.subscribe_to::<AnyEvent>(|_: AnyEvent, _: HandlerContext| ());
}

fn main() {}
