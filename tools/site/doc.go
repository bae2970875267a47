// Package site checks the site of the reference in a browser: served by a
// gateway, and read from a folder. It has tests only. They need Chromium, and npm
// to get axe-core once.
package site
