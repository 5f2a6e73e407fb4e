# The page's scripts, in the order in which they build upon each other.
set(scripts js/words.js js/dom.js js/view.js js/figures.js js/timeline.js js/marks.js js/looks.js js/space.js
    js/histograms.js js/tables.js js/main.js)
