//! A problem as compilers show them.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::problem::Problem;

/// Several lines: what is wrong, the line it is in, what to do.
pub(crate) fn rendered(problem: &Problem, colours: bool) -> String {
    let (sentence, advice) = (problem.sentence(), problem.advice());
    let source = problem.place.shown();
    let mut group = Group::with_title(Level::ERROR.primary_title(&sentence));
    group = match problem.place.span() {
        Some(span) => {
            let mark = AnnotationKind::Primary.span(span);
            group.element(Snippet::source(&source).path(problem.place.file()).annotation(mark))
        }
        None => group.element(annotate_snippets::Origin::path(problem.place.file())),
    };
    let report = [group.element(Level::HELP.message(&advice))];
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report) + "\n\n"
}
