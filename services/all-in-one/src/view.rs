//! An answer for a person to read: the text with its mentions marked in place, its language, its topics.

use anstyle::{AnsiColor, Style};
use enrich_proto::v1::{EnrichResponse, EntityType, LanguageResult, Mention, Topic};
use std::{cmp::Reverse, collections::HashMap, fmt::Write};

/// Cells of a topic's bar; enough to tell a score of 0.5 from one of 0.6.
const BAR_CELLS: u8 = 20;

/// Renders `response`, whose spans count UTF-8 bytes of `text`, with ANSI colours; whoever prints it strips them where
/// they are not wanted. Control characters of the text, which could move the cursor, are shown as `\u{fffd}`.
pub(crate) fn render(text: &str, response: &EnrichResponse) -> String {
    let mut out = String::new();
    if let Some(language) = &response.language {
        heading(&mut out, "Language");
        let _ = writeln!(out, "  {}", language_line(language));
    }
    if let Some(topics) = &response.topics {
        heading(&mut out, "Topics");
        for topic in &topics.topics {
            let _ = writeln!(out, "  {}", topic_line(topic));
        }
    }
    heading(&mut out, "Text");
    let mentions = response.entities.as_ref().map_or(&[][..], |entities| &entities.mentions);
    out.push_str(&marked(text, mentions));
    if response.entities.is_some() {
        heading(&mut out, "Entities");
        for kind in [EntityType::Person, EntityType::Organization, EntityType::Location] {
            let _ = writeln!(out, "  {}  {}", paint(style(kind), label(kind)), grouped(mentions, kind));
        }
    }
    for failure in &response.failures {
        let message = failure.status.as_ref().map_or("", |status| status.message.as_str());
        let _ = writeln!(
            out,
            "{} {}: {message}",
            paint(AnsiColor::Red.on_default().bold(), "failed"),
            failure.feature().as_str_name()
        );
    }
    out
}

fn heading(out: &mut String, name: &str) {
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}", paint(Style::new().bold(), name));
}

fn language_line(language: &LanguageResult) -> String {
    let doubt = if language.reliable { "" } else { ", in doubt" };
    let others: Vec<String> =
        language.alternatives.iter().map(|other| format!("{} {:.2}", other.tag, other.score)).collect();
    let others = if others.is_empty() { String::new() } else { format!("; else {}", others.join(", ")) };
    format!("{} ({}, {}) {:.2}{doubt}{others}", language.tag, language.iso639_3, language.script, language.score)
}

fn topic_line(topic: &Topic) -> String {
    let style = if topic.present { AnsiColor::Green.on_default().bold() } else { Style::new().dimmed() };
    let mark = if topic.present { "+" } else { "-" };
    // The score lies in 0..=1, so the product fits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..=BAR_CELLS")]
    let filled = (topic.score.clamp(0.0, 1.0) * f32::from(BAR_CELLS)).round() as usize;
    let bar: String = (0..usize::from(BAR_CELLS)).map(|cell| if cell < filled { '█' } else { '·' }).collect();
    let shown = topic.evidence.iter().map(|evidence| visible(&evidence.surface).replace('\n', " "));
    let evidence: Vec<String> = shown.collect();
    let evidence = if evidence.is_empty() { String::new() } else { format!("  {}", evidence.join(" | ")) };
    let name = paint(style, &format!("{mark} {:<10}", visible(&topic.id)));
    format!("{name} {bar} {:.2} (from {:.2}){evidence}", topic.score, topic.threshold)
}

/// The text, each paragraph indented, each mention as `[PER name]`.
fn marked(text: &str, mentions: &[Mention]) -> String {
    let mut out = String::with_capacity(text.len() + 16 * mentions.len());
    let mut done = 0;
    for mention in mentions {
        let (Some(span), kind) = (mention.span, mention.r#type()) else { continue };
        let (begin, end) = (span.begin as usize, span.end as usize);
        let (Some(before), Some(name)) = (text.get(done..begin), text.get(begin..end)) else { continue };
        out.push_str(&visible(before));
        out.push_str(&paint(style(kind), &format!("[{} {}]", label(kind), visible(name))));
        done = end;
    }
    out.push_str(&visible(text.get(done..).unwrap_or_default()));
    let mut lines = String::with_capacity(out.len());
    for line in out.lines() {
        let _ = writeln!(lines, "  {line}");
    }
    lines
}

/// The distinct names of one type, most frequent first, each with its count if it stands more than once.
fn grouped(mentions: &[Mention], kind: EntityType) -> String {
    let mut counts: HashMap<&str, (Reverse<usize>, usize)> = HashMap::new();
    for (place, mention) in mentions.iter().enumerate().filter(|(_, mention)| mention.r#type() == kind) {
        counts.entry(&mention.normalized).or_insert((Reverse(0), place)).0.0 += 1;
    }
    let mut groups: Vec<_> = counts.into_iter().map(|(name, rank)| (rank, name)).collect();
    groups.sort_unstable();
    let names: Vec<String> = groups
        .iter()
        .map(
            |((Reverse(count), _), name)| {
                if *count > 1 { format!("{} x{count}", visible(name)) } else { visible(name) }
            },
        )
        .collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

fn label(kind: EntityType) -> &'static str {
    match kind {
        EntityType::Person => "PER",
        EntityType::Organization => "ORG",
        EntityType::Location => "LOC",
        EntityType::Unspecified => "?",
    }
}

fn style(kind: EntityType) -> Style {
    match kind {
        EntityType::Person => AnsiColor::Cyan.on_default().bold(),
        EntityType::Organization => AnsiColor::Yellow.on_default().bold(),
        EntityType::Location => AnsiColor::Magenta.on_default().bold(),
        EntityType::Unspecified => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use enrich_proto::v1::{EntityResult, Span, TopicResult};

    fn mention(text: &str, name: &str, kind: EntityType) -> Mention {
        let begin = text.find(name).unwrap();
        let span = Span { begin: begin as u32, end: (begin + name.len()) as u32 };
        Mention { span: Some(span), r#type: kind.into(), surface: name.into(), normalized: name.into(), score: 0.9 }
    }

    fn plain(text: &str, response: &EnrichResponse) -> String {
        anstream::adapter::strip_str(&render(text, response)).to_string()
    }

    #[test]
    fn mentions_are_marked_where_they_stand() {
        let text = "زار فيدان بغداد";
        let mentions = vec![mention(text, "فيدان", EntityType::Person), mention(text, "بغداد", EntityType::Location)];
        let entities = Some(EntityResult { mentions, sentences: vec![] });
        let view = plain(text, &EnrichResponse { entities, ..Default::default() });
        assert!(view.contains("زار [PER فيدان] [LOC بغداد]"), "{view}");
        assert!(view.contains("ORG  none"), "{view}");
    }

    #[test]
    fn names_that_come_back_are_counted() {
        let text = "Oulu, Oulu";
        let mentions = vec![mention(text, "Oulu", EntityType::Location); 2];
        assert_eq!(grouped(&mentions, EntityType::Location), "Oulu x2");
    }

    #[test]
    fn terminal_controls_in_a_text_are_not_sent_to_the_terminal() {
        let view = render("a\u{1b}[2Jb", &EnrichResponse::default());
        assert!(!view.contains("\u{1b}[2J"), "{view:?}");
    }

    #[test]
    fn a_topic_shows_score_threshold_and_decision() {
        let topic = Topic { id: "water".into(), score: 0.75, threshold: 0.5, present: true, evidence: vec![] };
        let topics = Some(TopicResult { topics: vec![topic], passages: vec![] });
        let view = plain("x", &EnrichResponse { topics, ..Default::default() });
        assert!(view.contains("+ water      ███████████████····· 0.75 (from 0.50)"), "{view}");
    }
}
