import globals from "globals";
import js from "@eslint/js";

export default [
  { ignores: [".build/", "generated/", "**/*.d.ts"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals["shared-node-browser"] } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      curly: "error",
      "default-case-last": "error",
      eqeqeq: "error",
      "max-lines": ["error", { max: 500, skipComments: true }],
      "no-fallthrough": "off", // tsc knows which cases end
      "no-implicit-coercion": "error",
      "no-shadow": "error",
      "no-unused-vars": ["error", { varsIgnorePattern: "^_" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  { files: ["lib/node.js", "lib/options.js"], languageOptions: { globals: globals.node } },
  { files: ["scripts/**", "test/**"], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
