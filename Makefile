# Each target is one command; `make check` is what CI runs.
.PHONY: check test lint format docs example serve snapshots clean

check:     ; ./.ci/run
test:      ; ./tests/run
lint:      ; cargo clippy --workspace --all-targets --all-features -- -D warnings
format:    ; cargo fmt --all
docs:      ; cargo doc --workspace --all-features --no-deps --open
example:   ; cargo run -p example-app
serve:     ; cargo run -p example-app -- serve
snapshots: ; INSTA_UPDATE=always cargo test -p evgen-tests
clean:     ; cargo clean
