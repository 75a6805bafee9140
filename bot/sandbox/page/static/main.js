// @ts-check
import { watchBlocks } from "./blocks.js";
import { watchCombobox } from "./combobox.js";
import { watchComposers } from "./composer.js";
import { listen } from "./live.js";
import { watchMenus } from "./menus.js";
import { watchModals } from "./modals.js";
import { watchPanels } from "./panels.js";
import { watchPlace } from "./place.js";
import { watchTheme } from "./theme-button.js";
import { watchThread } from "./thread.js";

watchTheme();
watchPlace();
watchThread();
watchComposers();
watchMenus();
watchBlocks();
watchCombobox();
watchModals();
watchPanels();
listen();
