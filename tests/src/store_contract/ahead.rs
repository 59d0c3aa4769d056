//! Pages that the store reads ahead: they give what single pages hold.

use evgen_runtime::position::Position;
use evgen_runtime::store::{Direction, EventStore, JournalQuery, Page, Pages, StreamQuery};

use super::events::{append, positions, todo};

const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

async fn all(mut pages: Pages<'_>) -> Vec<Page> {
    let mut all = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        all.push(page);
        // Now and then the store is ahead.
        if all.len() % 3 == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert!(pages.next().await.unwrap().is_none());
    all
}

pub async fn pages_follow_each_other(store: &dyn EventStore) {
    let (a, b) = (todo("a"), todo("b"));
    for _ in 0..4 {
        append(store, &a, 600).await;
        append(store, &b, 600).await;
    }
    let in_order = |positions: &mut dyn Iterator<Item = i64>, direction| {
        let mut positions: Vec<i64> = positions.collect();
        if direction == Direction::Backward {
            positions.reverse();
        }
        positions
    };
    for (direction, limit) in DIRECTIONS
        .map(|direction| [(direction, None), (direction, Some(99))])
        .concat()
    {
        let query = JournalQuery {
            direction,
            limit,
            ..Default::default()
        };
        let pages = all(Pages::all(store, query)).await;
        assert_eq!(positions(&pages), in_order(&mut (1..=4800), direction));
        let query = StreamQuery {
            direction,
            limit,
            ..StreamQuery::new(a.clone())
        };
        let pages = all(Pages::stream(store, query)).await;
        let of_a = |position: &i64| (position - 1) / 600 % 2 == 0;
        let expected = in_order(&mut (1..=4800).filter(of_a), direction);
        assert_eq!(positions(&pages), expected);
        assert!(
            pages
                .iter()
                .all(|page| page.len() <= limit.unwrap_or(usize::MAX))
        );
    }
    // Left in the middle.
    let mut pages = Pages::all(store, JournalQuery::default());
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(first.get(0).map(|event| event.position), Some(Position(1)));
    drop(pages);
    // What is not there is a page, too.
    let pages = all(Pages::stream(store, StreamQuery::new(todo("c")))).await;
    assert!(pages.len() == 1 && pages[0].is_empty() && pages[0].is_last());
}
