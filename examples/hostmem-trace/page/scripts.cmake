# The page's scripts; each comes after those that it uses.
set(scripts js/words.js js/dom.js js/view.js js/figures.js js/timeline.js js/marks.js js/looks.js js/space.js
    js/histograms.js js/tables.js js/paths.js js/flame.js js/main.js)
