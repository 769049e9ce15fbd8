/** How many colours views have; at one moment, no two views in force share one while there are enough. */
export const VIEW_SLOTS = 10;
