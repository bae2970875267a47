package models

// preset is a service that is known by its name.
type preset struct {
	name    string
	title   string // as people write it
	api     string
	baseURL string
	keys    []string // variables of the environment with the key, the first that is set counts
	address string   // variable with the address; "" for none
	needs   bool     // it answers nobody without a key
	local   bool     // it runs on somebody's own machine
	model   string   // to take when nobody chose one and there is a key; "" for none
}

// The APIs, as the configuration calls them.
const (
	apiAnthropic = "anthropic-messages"
	apiOpenAI    = "openai-completions"
)

// presets are the known services, the preferred ones first.
var presets = []preset{
	{name: "anthropic", title: "Anthropic", api: apiAnthropic, baseURL: "https://api.anthropic.com", keys: []string{"ANTHROPIC_API_KEY"}, address: "ANTHROPIC_BASE_URL", needs: true, model: "claude-sonnet-5-5"},
	{name: "openai", title: "OpenAI", api: apiOpenAI, baseURL: "https://api.openai.com/v1", keys: []string{"OPENAI_API_KEY"}, address: "OPENAI_BASE_URL", needs: true, model: "gpt-6-sol"},
	{name: "openrouter", title: "OpenRouter", api: apiOpenAI, baseURL: "https://openrouter.ai/api/v1", keys: []string{"OPENROUTER_API_KEY"}, needs: true, model: "openrouter/auto"},
	{name: "gemini", title: "Google Gemini", api: apiOpenAI, baseURL: "https://generativelanguage.googleapis.com/v1beta/openai", keys: []string{"GEMINI_API_KEY", "GOOGLE_API_KEY"}, needs: true},
	{name: "deepseek", title: "DeepSeek", api: apiOpenAI, baseURL: "https://api.deepseek.com/v1", keys: []string{"DEEPSEEK_API_KEY"}, needs: true},
	{name: "groq", title: "Groq", api: apiOpenAI, baseURL: "https://api.groq.com/openai/v1", keys: []string{"GROQ_API_KEY"}, needs: true},
	{name: "mistral", title: "Mistral", api: apiOpenAI, baseURL: "https://api.mistral.ai/v1", keys: []string{"MISTRAL_API_KEY"}, needs: true},
	{name: "xai", title: "xAI", api: apiOpenAI, baseURL: "https://api.x.ai/v1", keys: []string{"XAI_API_KEY"}, needs: true},
	{name: "ollama", title: "Ollama", api: apiOpenAI, baseURL: "http://127.0.0.1:11434/v1", keys: []string{"OLLAMA_API_KEY"}, address: "OLLAMA_HOST", local: true},
	{name: "llamacpp", title: "llama.cpp", api: apiOpenAI, baseURL: "http://127.0.0.1:8080/v1", keys: []string{"LLAMACPP_API_KEY"}, local: true},
	{name: "lmstudio", title: "LM Studio", api: apiOpenAI, baseURL: "http://127.0.0.1:1234/v1", keys: []string{"LMSTUDIO_API_KEY"}, local: true},
	{name: "vllm", title: "vLLM", api: apiOpenAI, baseURL: "http://127.0.0.1:8000/v1", keys: []string{"VLLM_API_KEY"}, local: true},
}

// shippedAliases are short names for the newest models.
var shippedAliases = map[string]string{
	"sonnet": "anthropic/claude-sonnet-5-5",
	"opus":   "anthropic/claude-opus-5-5",
	"haiku":  "anthropic/claude-haiku-5-5",
	"gpt":    "openai/gpt-6-sol",
}
