# The pages' scripts; each comes after those that it uses.
set(report_scripts js/words.js js/dom.js js/theme.js js/frames.js js/view.js js/figures.js js/timeline.js js/marks.js
    js/looks.js js/space.js js/histograms.js js/tables.js js/paths.js js/flame.js js/growth.js js/follow.js js/main.js)
set(diff_scripts js/words.js js/dom.js js/theme.js js/frames.js js/diff_paths.js js/flame.js js/diff.js)
