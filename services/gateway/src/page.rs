//! The page that a browser is shown at the HTTP door: plain files, built in as they are.

use enrich_runtime::Asset;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Its files.
pub const ASSETS: &[Asset] = &[
    Asset { path: "/", content_type: HTML, bytes: include_bytes!("../page/index.html") },
    Asset { path: "/page/icon.svg", content_type: SVG, bytes: include_bytes!("../page/icon.svg") },
    Asset { path: "/page/page.css", content_type: CSS, bytes: include_bytes!("../page/page.css") },
    Asset { path: "/page/results.css", content_type: CSS, bytes: include_bytes!("../page/results.css") },
    Asset { path: "/page/main.js", content_type: SCRIPT, bytes: include_bytes!("../page/main.js") },
    Asset { path: "/page/api.js", content_type: SCRIPT, bytes: include_bytes!("../page/api.js") },
    Asset { path: "/page/dom.js", content_type: SCRIPT, bytes: include_bytes!("../page/dom.js") },
    Asset { path: "/page/facts.js", content_type: SCRIPT, bytes: include_bytes!("../page/facts.js") },
    Asset { path: "/page/models.js", content_type: SCRIPT, bytes: include_bytes!("../page/models.js") },
    Asset { path: "/page/reading.js", content_type: SCRIPT, bytes: include_bytes!("../page/reading.js") },
    Asset { path: "/page/request.js", content_type: SCRIPT, bytes: include_bytes!("../page/request.js") },
    Asset { path: "/page/samples.js", content_type: SCRIPT, bytes: include_bytes!("../page/samples.js") },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser fetches to show the page, uncompressed.
    const PAGE_BYTES_MAX: usize = 100_000;

    #[test]
    fn the_page_stays_small() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.bytes.len()).sum();
        assert!(bytes < PAGE_BYTES_MAX, "the page has {bytes} bytes; the limit is {PAGE_BYTES_MAX}");
    }

    #[test]
    fn every_file_of_the_page_is_served_and_asks_for_nothing_from_elsewhere() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), ASSETS.len());
        for asset in ASSETS {
            let text = std::str::from_utf8(asset.bytes).unwrap().replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", asset.path);
        }
    }
}
