// The scripts of every page, but for the one that it waits for; served as one file.

import "./refresh.js";
import "./arrivals.js";
import "./size.js";
import "./theme.js";
import "./times.js";
import "./announce.js";
import "./inflight.js";
import "./toast.js";
import "./menu.js";
import "./dialog.js";
import "./selection.js";
import "./overlay.js";
import "./picker.js";
import "./keyboard.js";
import "./focus.js";
import "./place.js";
import "./command.js";
import "./capture.js";
import "./dropzone.js";
import "./address.js";
import "./choose.js";
import "./slots.js";
